/* The hot part of the 2D pupil detector: the same steps as the numpy version beside it.

   Loaded with ctypes; nothing here knows Python, allocates, or keeps anything between calls.
   A shape is five numbers (x, y, p, q, r): the points (x, y) + [[p, q], [q, r]] (cos t, sin t),
   in pixels; the centre of the first pixel is (0, 0). What each step is for is said in the
   module of the same name: views, search, edges, fit, evidence, confidence. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

enum {
    SHAPE = 5,
    ROW = 8, /* five for the shape, one for the distance, two for the compiler */
    MOST_NORMALS = 96,
    MOST_SAMPLES = 33,
    FEATURES = 15,
    SPAN = 3,
    MIDDLE = 2,
    MOST_VIEW = 48000,
    MOST_CENTERS = 32,
    MOST_CANDIDATES = 2 * MOST_CENTERS,
    SQUARES = 5,
    ALIKE = 3,
    SPOKES = 24,
    LADDER = 18,
    BANDS = 4,
    MOST_RADII = 4,
    WORST_EDGE = 1 << 20
};

typedef struct {
    const uint8_t *pixels;
    int64_t stride;
    int32_t width, height, bright;
} Picture;

typedef struct {
    float *levels;
    int32_t width, height;
} View;

typedef struct {
    const float *ring; /* count cosines, then count sines */
    int32_t count, half, first, seeing;
    float step, stiffness, tolerances[3];
} Round;

typedef struct {
    float x[MOST_NORMALS], y[MOST_NORMALS], basis[MOST_NORMALS][ROW], distance[MOST_NORMALS], weight[MOST_NORMALS];
    float levels[MOST_NORMALS][MOST_SAMPLES];
    float moved[MOST_NORMALS], residual[MOST_NORMALS], say[MOST_NORMALS];
    float step, size, spread; /* spread: of the centre, for edges one pixel off */
    int32_t normals, samples;
} Edges;

/* -- small helpers; comparisons are written so that NaN takes the safe side -- */

static float clamp(float value, float low, float high)
{
    return value > low ? (value < high ? value : high) : low;
}

static float largest_of(float one, float other) { return one > other ? one : other; }

/* The values that have ``ranks`` places below them: counting has no branches to mispredict. */
static void ranked(const float *values, int count, const int *ranks, int wanted, float *found)
{
    for (int i = 0; i < count; i++) {
        int32_t below = 0, alike = 0;
        for (int j = 0; j < count; j++) {
            below += values[j] < values[i];
            alike += values[j] == values[i];
        }
        for (int k = 0; k < wanted; k++)
            if (below <= ranks[k] && ranks[k] < below + alike) found[k] = values[i];
    }
}

static float rank_of(const float *values, int count, int rank)
{
    float found = 0;
    ranked(values, count, &rank, 1, &found);
    return found;
}

static float level_at(const View *view, float x, float y)
{
    x = clamp(x, 0, (float)(view->width - 1));
    y = clamp(y, 0, (float)(view->height - 1));
    int left = (int)x, top = (int)y;
    left = left < view->width - 2 ? left : view->width - 2;
    top = top < view->height - 2 ? top : view->height - 2;
    const float *upper = view->levels + top * view->width + left, *lower = upper + view->width;
    float across = x - (float)left, down = y - (float)top;
    float high = upper[0] + across * (upper[1] - upper[0]);
    float low = lower[0] + across * (lower[1] - lower[0]);
    return high + down * (low - high);
}

static float radius_of(const float *shape)
{
    return sqrtf(largest_of(shape[2] * shape[4] - shape[3] * shape[3], 0.01f));
}

static void half_axes(const float *shape, float *long_axis, float *short_axis)
{
    float middle = (shape[2] + shape[4]) * 0.5f, half = (shape[2] - shape[4]) * 0.5f;
    float spread = sqrtf(half * half + shape[3] * shape[3]);
    *long_axis = middle + spread;
    *short_axis = middle - spread;
}

/* -- edges: sample along the normals, find the most pupil-like edge on each -- */

static void profiles(const View *view, const float *shape, const Round *round, Edges *edges)
{
    float seen[MOST_NORMALS][MOST_SAMPLES];
    int count = round->count, half = round->half, samples = 2 * half;
    for (int i = 0; i < count; i++) {
        float cosine = round->ring[i], sine = round->ring[count + i];
        float x = shape[0] + shape[2] * cosine + shape[3] * sine;
        float y = shape[1] + shape[3] * cosine + shape[4] * sine;
        float nx = shape[4] * cosine - shape[3] * sine, ny = shape[2] * sine - shape[3] * cosine;
        float norm = largest_of(sqrtf(nx * nx + ny * ny), 1e-6f);
        nx /= norm;
        ny /= norm;
        float start = edges->step * (float)-half, last = level_at(view, x + nx * start, y + ny * start);
        for (int k = 0; k < samples; k++) {
            float along = edges->step * (float)(k + 1 - half);
            float here = level_at(view, x + nx * along, y + ny * along);
            seen[i][k] = (last + here) * 0.5f;
            last = here;
        }
        float *basis = edges->basis[i];
        basis[0] = nx;
        basis[1] = ny;
        basis[2] = nx * cosine;
        basis[3] = nx * sine + ny * cosine;
        basis[4] = ny * sine;
        basis[6] = basis[7] = 0;
        edges->x[i] = x;
        edges->y[i] = y;
    }
    for (int i = 0; i < count; i++) {
        const float *before = seen[(i + count - 1) % count], *after = seen[(i + 1) % count];
        for (int k = 0; k < samples; k++)
            edges->levels[i][k] = (before[k] + after[k]) * 0.25f + seen[i][k] * 0.5f;
    }
    edges->normals = count;
    edges->samples = samples;
}

/* The place of the likeliest edge. One counts less when it starts brighter than the pupil (limbus)
   or ends brighter than an iris (glint, lid, sclera). */
static int likeliest(const float *levels, const float *jump, int places, float pupil, float scale,
                     float *best)
{
    float likely[MOST_SAMPLES];
    int first = 0;
    for (int k = 0; k < places; k++) {
        float inside = largest_of((levels[k] - pupil) * scale, 0);
        float outside = largest_of((levels[k + SPAN] - pupil) * scale - 1, 0);
        likely[k] = jump[k] / (inside * inside * 6 + outside * outside + 1);
    }
    *best = -1;
    for (int k = 0; k < places; k++)
        if (likely[k] > *best) {
            *best = likely[k];
            first = k;
        }
    return first;
}

/* Climb to the steepest place nearby, then between the samples. */
static float peak_near(const float *jump, int places, int first)
{
    int place = 1;
    float top = -1;
    for (int k = first - 2; k <= first + 2; k++) {
        int near = k < 1 ? 1 : (k > places - 2 ? places - 2 : k);
        if (jump[near] > top) {
            top = jump[near];
            place = near;
        }
    }
    float before = jump[place - 1], after = jump[place + 1], bend = before + after - 2 * jump[place];
    bend = bend < -1e-3f ? bend : -1e-3f;
    return (float)place + clamp((before - after) / bend * 0.5f, -0.5f, 0.5f);
}

static void choose_edges(const View *view, const Round *round, Edges *edges)
{
    int normals = edges->normals, places = edges->samples - SPAN;
    float jump[MOST_NORMALS][MOST_SAMPLES], inner[MOST_NORMALS], steepest[MOST_NORMALS], best;
    for (int i = 0; i < normals; i++) {
        const float *levels = edges->levels[i];
        inner[i] = levels[0];
        steepest[i] = 0;
        for (int k = 0; k < places; k++) {
            jump[i][k] = largest_of(levels[k + SPAN] - levels[k], 0);
            steepest[i] = largest_of(steepest[i], jump[i][k]);
        }
    }
    float pupil = rank_of(inner, normals, normals / 3);
    float typical = largest_of(rank_of(steepest, normals, normals / 2), 3.0f);
    for (int i = 0; i < normals; i++) {
        int first = likeliest(edges->levels[i], jump[i], places, pupil, 1 / typical, &best);
        float peak = peak_near(jump[i], places, first), trust = best / typical;
        float distance = (peak + (float)(MIDDLE - edges->samples / 2)) * edges->step;
        float x = edges->x[i] + edges->basis[i][0] * distance;
        float y = edges->y[i] + edges->basis[i][1] * distance;
        int within = x > 1 && y > 1 && x < (float)(view->width - 2) && y < (float)(view->height - 2);
        int seen = (i - round->first + normals) % normals < round->seeing;
        edges->distance[i] = edges->basis[i][SHAPE] = distance;
        edges->weight[i] = within && seen ? trust / (trust + 1) : 0.0f;
    }
}

/* -- fit: move the shape onto its edges -- */

static void solve(double matrix[SHAPE][SHAPE], double *right)
{
    for (int k = 0; k < SHAPE; k++)
        for (int i = k + 1; i < SHAPE; i++) {
            double factor = matrix[i][k] / matrix[k][k];
            for (int j = k; j < SHAPE; j++) matrix[i][j] -= factor * matrix[k][j];
            right[i] -= factor * right[k];
        }
    for (int k = SHAPE - 1; k >= 0; k--) {
        for (int j = k + 1; j < SHAPE; j++) right[k] -= matrix[k][j] * right[j];
        right[k] /= matrix[k][k];
    }
}

/* The root of the trace of the centre's part of the inverse. */
static float spread_of(double matrix[SHAPE][SHAPE])
{
    double sum = 0;
    for (int k = 0; k < 2; k++) {
        double copy[SHAPE][SHAPE], unit[SHAPE] = {0};
        memcpy(copy, matrix, sizeof copy);
        unit[k] = 1;
        solve(copy, unit);
        sum += unit[k];
    }
    return (float)sqrt(sum > 0 ? sum : 0);
}

static void weigh(Edges *edges, float tolerance)
{
    for (int i = 0; i < edges->normals; i++) {
        float ratio = edges->residual[i] / (edges->size * tolerance);
        float doubt = 1 + ratio * ratio;
        edges->say[i] = edges->weight[i] / (doubt * doubt);
    }
}

static void fit(float *shape, Edges *edges, const Round *round)
{
    static const double stay[SHAPE] = {1, 1, 1, 2, 1};
    float typical = rank_of(edges->distance, edges->normals, edges->normals / 2);
    double change[SHAPE] = {0};
    for (int i = 0; i < edges->normals; i++) edges->residual[i] = edges->distance[i] - typical;
    for (int pass = 0; pass < 3; pass++) {
        float sums[SHAPE][ROW] = {{0}};
        double matrix[SHAPE][SHAPE];
        weigh(edges, round->tolerances[pass]);
        for (int i = 0; i < edges->normals; i++)
            for (int j = 0; j < SHAPE; j++) {
                float part = edges->say[i] * edges->basis[i][j];
                for (int k = 0; k < ROW; k++) sums[j][k] += part * edges->basis[i][k];
            }
        for (int j = 0; j < SHAPE; j++) {
            for (int k = 0; k < SHAPE; k++) matrix[j][k] = (double)sums[j][k];
            matrix[j][j] += stay[j] * (double)round->stiffness;
            change[j] = (double)sums[j][SHAPE];
        }
        if (pass == 2) edges->spread = spread_of(matrix);
        solve(matrix, change);
        for (int i = 0; i < edges->normals; i++) {
            float moved = 0;
            for (int j = 0; j < SHAPE; j++) moved += (float)change[j] * edges->basis[i][j];
            edges->moved[i] = moved;
            edges->residual[i] = edges->distance[i] - moved;
        }
    }
    for (int j = 0; j < SHAPE; j++) shape[j] += (float)change[j];
    weigh(edges, round->tolerances[2]);
}

/* -- evidence and what it says -- */

static void look_inside(const View *view, const float *shape, const float *ring, int count,
                        float *core, float *darkest)
{
    *core = 0;
    *darkest = 255;
    for (int i = 0; i < 12; i++) {
        float far = i % 2 ? 0.35f : 0.65f;
        float cosine = far * ring[i * count / 12], sine = far * ring[count + i * count / 12];
        float x = shape[0] + shape[2] * cosine + shape[3] * sine;
        float level = level_at(view, x, shape[1] + shape[3] * cosine + shape[4] * sine);
        *core += level / 12;
        *darkest = level < *darkest ? level : *darkest;
    }
}

static void look_at_rims(const Edges *edges, float *evidence, float *pupil, float *contrast)
{
    int count = edges->normals, last = edges->samples - SPAN - 1;
    int ranks[3] = {count / 8, count / 2, count * 7 / 8};
    float inside[MOST_NORMALS], outside[MOST_NORMALS], inner[3] = {0}, outer[3] = {0};
    float slope = 0, closure = 0;
    for (int i = 0; i < count; i++) {
        int place = (int)rintf(clamp(edges->moved[i] / edges->step, -64, 64)) + edges->samples / 2 - MIDDLE;
        place = place < 0 ? 0 : (place > last ? last : place);
        inside[i] = edges->levels[i][place];
        outside[i] = edges->levels[i][place + SPAN];
        slope += edges->levels[i][place + 2] - edges->levels[i][place + 1];
    }
    ranked(inside, count, ranks, 3, inner);
    ranked(outside, count, ranks, 3, outer);
    *pupil = inner[1];
    *contrast = largest_of(outer[1] - *pupil, 1);
    for (int i = 0; i < count; i++) closure += clamp((outside[i] - inside[i]) / *contrast, 0, 1);
    evidence[1] = logf(*contrast);
    evidence[4] = closure / (float)count;
    evidence[5] = (outer[0] - *pupil) / *contrast;
    evidence[6] = (outer[2] - *pupil) / *contrast;
    evidence[9] = (inner[2] - inner[0]) / *contrast;
    evidence[12] = slope / (float)count / *contrast;
}

static void look_at_fit(const Edges *edges, float frame_edge, float *evidence)
{
    int count = edges->normals;
    float square = 0, say = 0, weakest = 1, octants[8] = {0};
    for (int i = 0; i < count; i++) {
        square += edges->say[i] * edges->residual[i] * edges->residual[i];
        say += edges->say[i];
        octants[i * 8 / count] += edges->say[i];
    }
    for (int i = 0; i < 8; i++) weakest = octants[i] < weakest ? octants[i] : weakest;
    float residual = sqrtf(square / (say + 1e-3f)) / edges->size;
    float stray = edges->spread * (residual * edges->size + 0.05f) / frame_edge;
    evidence[0] = residual;
    evidence[7] = say / (float)count;
    evidence[8] = weakest * 8 / (float)count;
    evidence[13] = logf(largest_of(edges->size, 1));
    evidence[14] = logf(largest_of(stray, 1e-6f));
}

static void gather(const View *view, const float *shape, const Edges *edges, const float *ring,
                   float frame_edge, float *evidence)
{
    float pupil, contrast, core, darkest, long_axis, short_axis;
    look_at_rims(edges, evidence, &pupil, &contrast);
    look_at_fit(edges, frame_edge, evidence);
    look_inside(view, shape, ring, edges->normals, &core, &darkest);
    half_axes(shape, &long_axis, &short_axis);
    evidence[2] = short_axis / largest_of(long_axis, 1e-3f);
    evidence[3] = logf(largest_of(long_axis, 0.1f) / frame_edge);
    evidence[10] = (core - pupil) / contrast;
    evidence[11] = (pupil - darkest) / contrast;
}

static void refine(const View *view, float *shape, const Round *rounds, int count,
                   float frame_edge, float *evidence)
{
    Edges edges;
    for (int i = 0; i < count; i++) {
        edges.size = radius_of(shape);
        edges.step = largest_of(edges.size * rounds[i].step, 0.3f);
        profiles(view, shape, &rounds[i], &edges);
        choose_edges(view, &rounds[i], &edges);
        fit(shape, &edges, &rounds[i]);
    }
    gather(view, shape, &edges, rounds[count - 1].ring, frame_edge, evidence);
}

/* -- views: a part of the picture, shrunk by a whole number and smoothed -- */

/* ``line`` has room for one row of the part that is cut out. */
static void shrink(const Picture *picture, int left, int top, int by, View *view, uint16_t *line)
{
    int columns = view->width * by;
    float scale = 1.0f / (float)(by * by);
    for (int y = 0; y < view->height; y++) {
        const uint8_t *from = picture->pixels + (int64_t)(top + y * by) * picture->stride + left;
        float *row = view->levels + y * view->width;
        for (int x = 0; x < columns; x++) line[x] = from[x];
        for (int k = 1; k < by; k++) {
            from += picture->stride;
            for (int x = 0; x < columns; x++) line[x] = (uint16_t)(line[x] + from[x]);
        }
        if (by == 1)
            for (int x = 0; x < columns; x++) row[x] = line[x];
        else if (by == 2)
            for (int x = 0; x < view->width; x++) row[x] = (float)(line[2 * x] + line[2 * x + 1]) * scale;
        else
            for (int x = 0; x < view->width; x++) {
                int32_t sum = 0;
                for (int j = 0; j < by; j++) sum += line[x * by + j];
                row[x] = (float)sum * scale;
            }
        if (picture->bright)
            for (int x = 0; x < view->width; x++) row[x] = 255 - row[x];
    }
}

static void smooth(const View *from, View *to, float *line)
{
    int width = from->width, height = from->height;
    for (int y = 0; y < height; y++) {
        const float *here = from->levels + (size_t)y * (size_t)width;
        const float *above = from->levels + (size_t)(y > 0 ? y - 1 : 1) * (size_t)width;
        const float *below = from->levels + (size_t)(y < height - 1 ? y + 1 : height - 2) * (size_t)width;
        float *row = to->levels + (size_t)y * (size_t)width;
        for (int x = 0; x < width; x++) line[x] = (above[x] + below[x]) * 0.25f + here[x] * 0.5f;
        for (int x = 1; x < width - 1; x++)
            row[x] = (line[x - 1] + line[x + 1]) * 0.25f + line[x] * 0.5f;
        row[0] = line[1] * 0.5f + line[0] * 0.5f;
        row[width - 1] = line[width - 2] * 0.5f + line[width - 1] * 0.5f;
    }
}

static void shrink_again(const View *from, int by, View *to, float *line)
{
    float scale = 1.0f / (float)(by * by);
    for (int y = 0; y < to->height; y++) {
        const float *row = from->levels + y * by * from->width;
        memcpy(line, row, sizeof *line * (size_t)(to->width * by));
        for (int k = 1; k < by; k++)
            for (int x = 0; x < to->width * by; x++) line[x] += row[k * from->width + x];
        for (int x = 0; x < to->width; x++) {
            float sum = 0;
            for (int j = 0; j < by; j++) sum += line[x * by + j];
            to->levels[y * to->width + x] = sum * scale;
        }
    }
}

/* -- confidence: a logistic model, quadratic in the evidence -- */

/* A model is FEATURES lowest values, as many highest ones, and a triangle of weights. */
static double logit(const float *evidence, const float *model)
{
    float known[FEATURES + 1] = {1};
    double sum = 0;
    for (int i = 0; i < FEATURES; i++) {
        float low = model[i], high = model[FEATURES + i];
        known[i + 1] = (clamp(evidence[i], low, high) - low) / (high - low);
    }
    const float *weights = model + 2 * FEATURES;
    for (int i = 0; i <= FEATURES; i++)
        for (int j = i; j <= FEATURES; j++)
            sum += (double)weights[i * (FEATURES + 1) + j] * (double)known[i] * (double)known[j];
    return sum;
}

/* -- search: edges vote for the centres they may go round, dark squares for themselves -- */

typedef struct {
    float x[MOST_CENTERS], y[MOST_CENTERS];
    int count;
} Centers;

static void add(Centers *centers, float x, float y)
{
    for (int i = 0; i < centers->count; i++) {
        float across = x - centers->x[i], down = y - centers->y[i];
        if (across * across + down * down <= ALIKE) return;
    }
    centers->x[centers->count] = x;
    centers->y[centers->count++] = y;
}

static int32_t row_top(const int32_t *row, int width)
{
    int32_t top = 0;
    for (int x = 0; x < width; x++) top = row[x] > top ? row[x] : top;
    return top;
}

static void peaks(int32_t *map, int width, int height, int reach, int count, float first, float apart,
                  int32_t *tops, Centers *centers)
{
    for (int y = 0; y < height; y++) tops[y] = row_top(map + y * width, width);
    for (int i = 0; i < count && centers->count < MOST_CENTERS; i++) {
        int x = 0, y = 0;
        for (int k = 1; k < height; k++) y = tops[k] > tops[y] ? k : y;
        if (!tops[y]) return;
        while (map[y * width + x] < tops[y]) x++;
        add(centers, first + apart * (float)x, first + apart * (float)y);
        int left = x > reach ? x - reach : 0, right = x + reach < width ? x + reach + 1 : width;
        for (int k = y > reach ? y - reach : 0; k < height && k <= y + reach; k++) {
            memset(map + k * width + left, 0, sizeof *map * (size_t)(right - left));
            tops[k] = row_top(map + k * width, width);
        }
    }
}

/* (1, 2, 1) both ways; what is outside counts as zero. ``other`` has two rows more. */
static void blur(int32_t *map, int width, int height, int32_t *other)
{
    memset(other, 0, sizeof *other * (size_t)width);
    memset(other + (height + 1) * width, 0, sizeof *other * (size_t)width);
    for (int y = 0; y < height; y++) {
        const int32_t *from = map + y * width;
        int32_t *to = other + (y + 1) * width;
        for (int x = 1; x < width - 1; x++) to[x] = from[x - 1] + 2 * from[x] + from[x + 1];
        to[0] = 2 * from[0] + from[1];
        to[width - 1] = from[width - 2] + 2 * from[width - 1];
    }
    for (int k = 0; k < width * height; k++)
        map[k] = other[k] + 2 * other[k + width] + other[k + 2 * width];
}

typedef struct {
    int32_t fine, count, blurs, peaks;
    float radii[MOST_RADII];
} Band;

typedef struct {
    Round round;
    int32_t shrink, again, most_voters;
    float steep;
    Band bands[BANDS];
    int32_t halves[SQUARES];
    float ladder[LADDER];
} Search;

static float slopes(const View *view, float *across, float *down, float *slope, float *line)
{
    int width = view->width, height = view->height;
    float total = 0;
    memset(slope, 0, sizeof *slope * (size_t)(width * height));
    memset(line, 0, sizeof *line * (size_t)width);
    for (int y = 1; y < height - 1; y++) {
        const float *here = view->levels + (size_t)y * (size_t)width;
        const float *above = here - width, *below = here + width;
        float *gx = across + y * width, *gy = down + y * width, *to = slope + y * width;
        for (int x = 1; x < width - 1; x++) {
            gx[x] = above[x + 1] - above[x - 1] + 2 * (here[x + 1] - here[x - 1]) + below[x + 1] - below[x - 1];
            gy[x] = below[x - 1] - above[x - 1] + 2 * (below[x] - above[x]) + below[x + 1] - above[x + 1];
        }
        for (int x = 1; x < width - 1; x++) {
            to[x] = sqrtf(gx[x] * gx[x] + gy[x] * gy[x]);
            line[x] += to[x];
        }
    }
    for (int x = 0; x < width; x++) total += line[x];
    return total / (float)(width * height);
}

static void vote(const View *view, const Search *search, int fine, float *scratch, Centers *centers)
{
    int width = view->width, height = view->height, size = width * height;
    float *across = scratch, *down = scratch + size, *slope = down + size;
    int32_t *place = (int32_t *)(slope + size), *map = place + size + width, voters = 0;
    float limit = search->steep * slopes(view, across, down, slope, (float *)map);
    for (int k = 0; k < size; k++) {
        place[voters] = k;
        voters += slope[k] > limit;
    }
    int stride = 1 + voters / search->most_voters;
    for (int b = 0; b < BANDS; b++) {
        const Band *band = &search->bands[b];
        if (band->fine != fine) continue;
        memset(map, 0, sizeof *map * (size_t)size);
        for (int v = 0; v < voters; v += stride) {
            int k = place[v], x = k % width, y = k / width;
            for (int r = 0; r < band->count; r++) {
                float step = band->radii[r] / slope[k];
                float to_x = (float)x + 0.5f - step * across[k], to_y = (float)y + 0.5f - step * down[k];
                if (to_x >= 0 && to_y >= 0 && to_x < (float)width && to_y < (float)height)
                    map[(int)to_y * width + (int)to_x]++;
            }
        }
        for (int i = 0; i < band->blurs; i++) blur(map, width, height, map + size);
        peaks(map, width, height, 2 + band->blurs, band->peaks, 0, 1, map + size, centers);
    }
}

static int32_t box(const int32_t *sums, int width, int left, int top, int right, int bottom)
{
    return sums[bottom * width + right] - sums[top * width + right] - sums[bottom * width + left]
        + sums[top * width + left];
}

static void dark_squares(const View *view, const Search *search, float *scratch, Centers *centers)
{
    int width = view->width, height = view->height, wide = width + 1;
    int32_t *sums = (int32_t *)scratch, *map = sums + wide * (height + 1);
    memset(sums, 0, sizeof *sums * (size_t)wide);
    for (int y = 0; y < height; y++) {
        int32_t row = 0;
        sums[(y + 1) * wide] = 0;
        for (int x = 0; x < width; x++) {
            row += (int32_t)(view->levels[y * width + x] + 0.5f);
            sums[(y + 1) * wide + x + 1] = sums[y * wide + x + 1] + row;
        }
    }
    for (int h = 0; h < SQUARES; h++) {
        int half = search->halves[h], far = 2 * half, apart = half / 2 > 2 ? half / 2 : 2, cells = 0;
        int columns = (width - 2 * half + apart - 1) / apart, rows = (height - 2 * half + apart - 1) / apart;
        if (width <= 2 * half || height <= 2 * half) continue;
        for (int y = half; y < height - half; y += apart)
            for (int x = half; x < width - half; x += apart) {
                int left = x > far ? x - far : 0, right = x + far < width ? x + far + 1 : width;
                int top = y > far ? y - far : 0, bottom = y + far < height ? y + far + 1 : height;
                int32_t inner = box(sums, wide, x - half, y - half, x + half + 1, y + half + 1);
                int32_t outer = box(sums, wide, left, top, right, bottom) - inner;
                int32_t area = (2 * half + 1) * (2 * half + 1), rest = (right - left) * (bottom - top) - area;
                float darker = (float)outer / (float)rest - (float)inner / (float)area;
                map[cells++] = darker > 0 ? (int32_t)(darker * 1024) : 0;
            }
        peaks(map, columns, rows, half / apart, 1, (float)half, (float)apart, map + cells, centers);
    }
}

static int radii_at(const View *view, const Search *search, float x, float y, float *radii)
{
    float usual[LADDER], levels[SPOKES], rise[LADDER] = {0};
    const float *ring = search->round.ring;
    for (int k = 0; k < LADDER; k++) {
        float radius = search->ladder[k];
        for (int i = 0; i < SPOKES; i++)
            levels[i] = level_at(view, x + ring[i] * radius, y + ring[SPOKES + i] * radius);
        usual[k] = rank_of(levels, SPOKES, SPOKES * 2 / 5);
    }
    for (int k = 1; k < LADDER - 1; k++) rise[k] = usual[k + 1] - usual[k - 1];
    int found = 0, taken = 0;
    float least = 0;
    while (found < 2) {
        int best = 0;
        float top = least;
        for (int k = 1; k < LADDER - 1; k++) {
            int peak = (k == 1 || rise[k] >= rise[k - 1]) && (k == LADDER - 2 || rise[k] >= rise[k + 1]);
            if (peak && k != taken && rise[k] > top) {
                top = rise[k];
                best = k;
            }
        }
        if (!best) break;
        radii[found++] = search->ladder[best];
        taken = best;
        least = top / 8;
    }
    return found;
}

/* -- what Python calls -- */

#ifndef GAZED_SOURCE
#define GAZED_SOURCE 0u
#endif

/* Return the checksum of the source that this was compiled from. */
EXPORT uint32_t gazed_source(void) { return GAZED_SOURCE; }

static int fits(const Round *rounds, int count)
{
    for (int i = 0; i < count; i++) {
        int normals = rounds[i].count, half = rounds[i].half;
        if (normals < SPOKES || normals > MOST_NORMALS || normals % 12) return 0;
        if (rounds[i].first < 0 || rounds[i].first > normals) return 0;
        if (half < 3 || 2 * half > MOST_SAMPLES) return 0;
    }
    return count > 0;
}

/* Look closely at one place. Returns 0 when it is off the picture. ``shape`` is replaced;
   ``room`` is the number of floats in ``scratch``: 2 * MOST_VIEW and a row. */
EXPORT int gazed_closely(const Picture *picture, double *shape, const Round *rounds, int32_t count,
                         double radius, double frame_edge, const float *model, float *evidence,
                         double *probability, float *scratch, int64_t room)
{
    double x = shape[0], y = shape[1];
    float start[SHAPE], long_axis, short_axis;
    for (int i = 0; i < SHAPE; i++) start[i] = (float)shape[i];
    half_axes(start, &long_axis, &short_axis);
    double extent = largest_of(radius_of(start), long_axis / 2);
    if (!(fabs(x) < WORST_EDGE && fabs(y) < WORST_EDGE && extent < WORST_EDGE && radius >= 1)) return 0;
    if (!fits(rounds, count)) return 0;
    int by = extent < radius ? 1 : (int)(extent / radius);
    double reach = 1.5 * long_axis + 8 * by;
    int left = x - reach > 0 ? (int)(x - reach) : 0, top = y - reach > 0 ? (int)(y - reach) : 0;
    int right = x + reach < picture->width - 1 ? (int)(x + reach) + 1 : picture->width;
    int bottom = y + reach < picture->height - 1 ? (int)(y + reach) + 1 : picture->height;
    View raw = {scratch, (right - left) / by, (bottom - top) / by};
    if (right - left < 8 * by || bottom - top < 8 * by) return 0;
    if ((int64_t)raw.width * raw.height > MOST_VIEW || room < 2 * MOST_VIEW + right - left) return 0;
    View view = {scratch + MOST_VIEW, raw.width, raw.height};
    shrink(picture, left, top, by, &raw, (uint16_t *)(scratch + 2 * MOST_VIEW));
    smooth(&raw, &view, scratch + 2 * MOST_VIEW);
    float inner[SHAPE];
    for (int i = 0; i < SHAPE; i++) inner[i] = (float)(shape[i] / by);
    inner[0] = (float)((x - left + 0.5) / by - 0.5);
    inner[1] = (float)((y - top + 0.5) / by - 0.5);
    refine(&view, inner, rounds, count, (float)(frame_edge / by), evidence);
    for (int i = 0; i < SHAPE; i++) shape[i] = (double)inner[i] * by;
    shape[0] = ((double)inner[0] + 0.5) * by - 0.5 + left;
    shape[1] = ((double)inner[1] + 0.5) * by - 0.5 + top;
    *probability = 1 / (1 + exp(-logit(evidence, model)));
    return 1;
}

/* Look everywhere, roughly. Returns the number of shapes, each with its evidence and its logit;
   ``room`` is the number of floats in ``scratch``. */
EXPORT int gazed_everywhere(const Picture *picture, const Search *search, double frame_edge,
                            const float *model, double *shapes, float *evidence, double *promise,
                            float *scratch, int64_t room)
{
    int by = search->shrink, again = search->again;
    View raw = {scratch, picture->width / by, picture->height / by};
    int64_t size = (int64_t)raw.width * raw.height;
    if (raw.width < 8 * again || raw.height < 8 * again || room < 8 * (size + raw.width + raw.height + 1) || room < 2 * size + picture->width)
        return 0;
    if (!fits(&search->round, 1) || search->round.count != SPOKES) return 0;
    View middle = {scratch + size, raw.width, raw.height};
    float *rest = scratch + 2 * size;
    shrink(picture, 0, 0, by, &raw, (uint16_t *)rest);
    smooth(&raw, &middle, rest);
    int found = 0;
    for (int level = 0; level < 2; level++) {
        View view = middle;
        int factor = level ? again : 1;
        if (level) {
            view.levels = scratch;
            view.width /= again;
            view.height /= again;
            shrink_again(&middle, again, &view, rest);
        }
        Centers centers = {{0}, {0}, 0};
        vote(&view, search, !level, rest, &centers);
        if (level) dark_squares(&view, search, rest, &centers);
        for (int i = 0; i < centers.count; i++) {
            float radii[2];
            int count = radii_at(&view, search, centers.x[i], centers.y[i], radii);
            for (int k = 0; k < count && found < MOST_CANDIDATES; k++, found++) {
                float size_here = radii[k] * (float)factor;
                float shape[SHAPE] = {(centers.x[i] + 0.5f) * (float)factor - 0.5f,
                                      (centers.y[i] + 0.5f) * (float)factor - 0.5f, size_here, 0, size_here};
                float *known = evidence + found * FEATURES;
                refine(&middle, shape, &search->round, 1, (float)(frame_edge / by), known);
                promise[found] = logit(known, model);
                for (int j = 0; j < SHAPE; j++) shapes[found * SHAPE + j] = (double)shape[j] * by;
                shapes[found * SHAPE] = ((double)shape[0] + 0.5) * by - 0.5;
                shapes[found * SHAPE + 1] = ((double)shape[1] + 0.5) * by - 0.5;
            }
        }
    }
    return found;
}
