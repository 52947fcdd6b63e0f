/* Call the detector's kernel with whatever there is: ``fuzz SEED COUNT``.

   Compiled with sanitizers, together with the kernel; pictures and scratch memory are exactly
   as large as promised, so that one step beyond is seen. */

#include <stdio.h>
#include <stdlib.h>

#include KERNEL

static uint64_t state;

static uint32_t any(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static int below(int limit) { return (int)(any() % (uint32_t)limit); }

static double number(void)
{
    static const double odd[] = {0, -1, 1e-30, 1e9, -1e9, 1e300, -1e300, 0.5, 255, 1e38, -1e-9};
    int kind = below(24);
    if (kind == 0) return NAN;
    if (kind == 1) return INFINITY;
    if (kind == 2) return -INFINITY;
    if (kind < 6) return odd[below((int)(sizeof odd / sizeof *odd))];
    return (below(40000) - 8000) / 100.0;
}

static void paint(uint8_t *pixels, int width, int height, int64_t stride)
{
    int kind = below(5), x0 = below(width), y0 = below(height), far = 1 + below(60);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int dark = (x - x0) * (x - x0) + (y - y0) * (y - y0) < far * far;
            int level = kind == 0 ? below(256) : kind == 1 ? 0 : kind == 2 ? 255 : dark ? 30 : 140;
            pixels[y * stride + x] = (uint8_t)(level + (kind == 4 && level < 240 ? below(12) : 0));
        }
}

static Round look(const float *ring, int count, int wild)
{
    Round made = {ring, count, 3 + below(13), below(count + 1), below(count + 8), 0.08f, 0.05f, {0.25f, 0.1f, 0.05f}};
    if (wild) {
        made.step = (float)number();
        made.stiffness = (float)number();
        for (int i = 0; i < 3; i++) made.tolerances[i] = (float)number();
        if (below(4) == 0) made.half = below(40) - 5;
        if (below(4) == 0) made.first = below(300) - 100;
        if (below(8) == 0) made.count = below(200) - 20;
    }
    return made;
}

static void once(const float *ring, const float *model)
{
    int width = 1 + below(below(10) ? 260 : 1200), height = 1 + below(below(10) ? 260 : 300);
    int64_t stride = width + below(9);
    uint8_t *pixels = malloc((size_t)(stride * (height - 1) + width));
    paint(pixels, width, height, stride);
    Picture picture = {pixels, stride, width, height, below(2)};
    int64_t room = below(8) ? 2 * MOST_VIEW + width : below(2 * MOST_VIEW);
    float *scratch = malloc(sizeof(float) * (size_t)room + (room == 0)), evidence[FEATURES];
    int counts[] = {24, 36, 48, 96};
    for (int i = 0; i < 6; i++) {
        int count = counts[below(4)], wild = below(3) == 0;
        Round rounds[3] = {look(ring, count, wild), look(ring, count, wild), look(ring, count, 0)};
        double shape[SHAPE] = {below(width), below(height), 1 + below(80), 0, 1 + below(80)}, probability;
        for (int k = 0; k < SHAPE; k++)
            if (below(5) == 0) shape[k] = number();
        gazed_closely(&picture, shape, rounds, 1 + below(3), below(9) ? 16 : number(),
                      below(9) ? 200 : number(), model, evidence, &probability, scratch, room);
    }
    free(scratch);
    int by = 1 + below(8), again = 1 + below(4), most = width / by * (height / by);
    room = below(8) ? 8 * (int64_t)(most + width / by + height / by + 1) + width : below(100000);
    scratch = malloc(sizeof(float) * (size_t)room + (room == 0));
    Search search = {look(ring, 24, 0), by, again, 1 + below(2000), below(9) ? 1.2f : (float)number(), {{0}}, {0}, {0}};
    for (int i = 0; i < BANDS; i++) {
        search.bands[i] = (Band){below(2), below(5), below(6), below(6), {2, 3, 4, 5}};
        if (below(6) == 0) search.bands[i].radii[0] = (float)number();
    }
    for (int i = 0; i < SQUARES; i++) search.halves[i] = 1 + below(14);
    for (int i = 0; i < LADDER; i++) search.ladder[i] = below(30) ? 1.3f * (float)(i + 1) : (float)number();
    static double shapes[MOST_CANDIDATES * SHAPE], promise[MOST_CANDIDATES];
    static float known[MOST_CANDIDATES * FEATURES];
    int found = gazed_everywhere(&picture, &search, below(9) ? 200 : number(), model, shapes, known, promise, scratch, room);
    if (found < 0 || found > MOST_CANDIDATES) abort();
    free(scratch);
    free(pixels);
}

int main(int count, char **arguments)
{
    float ring[2 * MOST_NORMALS * 2], model[2 * FEATURES + (FEATURES + 1) * (FEATURES + 1)];
    state = count > 1 ? strtoull(arguments[1], 0, 10) : 1;
    for (int i = 0; i < 4 * MOST_NORMALS; i++) ring[i] = (float)cos(i * 0.13);
    for (int i = 0; i < (int)(sizeof model / sizeof *model); i++) model[i] = (float)(below(2000) - 1000) / 100;
    for (int i = 0, times = count > 2 ? atoi(arguments[2]) : 100; i < times; i++) once(ring, model);
    puts("survived");
    return 0;
}
