/* The hot part of the eye model: the same steps as the numpy version beside it.

   Loaded with ctypes; nothing here knows Python, allocates, or keeps anything between calls.
   All numbers are doubles, millimetres in the eye camera frame. What each step is for is said in
   the modules optics, outlines, pupils and center. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

enum { POINTS = 8, SHAPE = 5, OWN = 3, PUPIL_ROUNDS = 2, CENTER_ROUNDS = 12 };

static const double STEP = 1e-5, GRAZING = 1e-9, RIDGE = 1e-9;
static const double LONGEST_TURN = 0.3;
static const double SMALLEST_MM = 0.2, LARGEST_MM = 6.0;
static const double LONGEST_STEP_MM = 4.0, CLOSE_ENOUGH_MM = 1e-3, FIRST_DAMPING = 0.01;
static const double TOLERANCE = 2.5, OUTLIER_COST = 50.0;

typedef struct {
    double focal_length, middle_x, middle_y;
} Camera;

typedef struct {
    double cornea_radius, cornea_distance, pupil_distance, index;
} Eye;

typedef struct {
    double rays[POINTS][3], inner[POINTS][3], outer[POINTS][3];
} Outline;

typedef struct {
    double normal[3], radius;
} Pupil;

typedef struct {
    double residuals[POINTS], own[POINTS][OWN], scale[POINTS];
} Slopes;

typedef struct {
    Outline outline;
    Pupil now, tried;
    Slopes slopes, tried_slopes;
    double answer[OWN][4], misfit, weight, say;
} Seen;

#ifndef GAZED_SOURCE
#define GAZED_SOURCE 0
#endif

/* The checksum of the source this was compiled from. */
EXPORT uint32_t gazed_source(void) { return GAZED_SOURCE; }

static double dot(const double *a, const double *b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void unit(double *v) {
    double length = sqrt(dot(v, v));
    for (int i = 0; i < 3; i++) v[i] /= length;
}

static void tangents(const double *normal, double *one, double *other) {
    double x = normal[0], y = normal[1], z = normal[2], length = sqrt(y * y + z * z);
    one[0] = length, one[1] = -x * y / length, one[2] = -x * z / length;
    other[0] = 0.0, other[1] = z / length, other[2] = -y / length;
}

static void hit(const double *ray, const double *center, const double *normal, const Eye *eye,
                double *off) {
    double cornea[3], enters[3], inward[3];
    for (int i = 0; i < 3; i++) cornea[i] = center[i] + eye->cornea_distance * normal[i];
    double along = dot(ray, cornea);
    double room = along * along - dot(cornea, cornea) + eye->cornea_radius * eye->cornea_radius;
    double depth = sqrt(fmax(room, GRAZING)), ratio = 1.0 / eye->index;
    double cosine = depth / eye->cornea_radius;
    double bend = ratio * cosine - sqrt(1.0 - ratio * ratio * (1.0 - cosine * cosine));
    for (int i = 0; i < 3; i++) {
        enters[i] = ray[i] * (along - depth);
        inward[i] = ratio * ray[i] + bend * (enters[i] - cornea[i]) / eye->cornea_radius;
        off[i] = enters[i] - center[i] - eye->pupil_distance * normal[i];
    }
    double reach = -dot(off, normal) / dot(inward, normal);
    for (int i = 0; i < 3; i++) off[i] += reach * inward[i];
}

static double distance_from_axis(const double *ray, const double *center, const double *normal,
                                 const Eye *eye) {
    double off[3];
    hit(ray, center, normal, eye, off);
    return sqrt(dot(off, off) + GRAZING);
}

static void ray_of(double x, double y, const Camera *camera, double *ray) {
    ray[0] = (x - camera->middle_x) / camera->focal_length;
    ray[1] = (y - camera->middle_y) / camera->focal_length;
    ray[2] = 1.0;
    unit(ray);
}

static void trace_outline(const double *shape, const Camera *camera, Outline *outline) {
    const double turn = 6.283185307179586 / POINTS, p = shape[2], q = shape[3], r = shape[4];
    for (int i = 0; i < POINTS; i++) {
        double c = cos(i * turn), s = sin(i * turn);
        double x = p * c + q * s + shape[0], y = q * c + r * s + shape[1];
        double nx = r * c - q * s, ny = p * s - q * c, length = sqrt(nx * nx + ny * ny);
        nx *= 0.5 / length, ny *= 0.5 / length;
        ray_of(x - nx, y - ny, camera, outline->inner[i]);
        ray_of(x + nx, y + ny, camera, outline->outer[i]);
        for (int k = 0; k < 3; k++)
            outline->rays[i][k] = outline->inner[i][k] + outline->outer[i][k];
        unit(outline->rays[i]);
    }
}

static void first_guess(const Outline *outline, const double *center, const Eye *eye,
                        Pupil *pupil) {
    double middle[3] = {0, 0, 0};
    for (int i = 0; i < POINTS; i++)
        for (int k = 0; k < 3; k++) middle[k] += outline->rays[i][k] / POINTS;
    unit(middle);
    double along = dot(middle, center);
    double room = along * along - dot(center, center) + eye->pupil_distance * eye->pupil_distance;
    double reach = along - sqrt(fmax(room, 0.0));
    for (int k = 0; k < 3; k++) pupil->normal[k] = middle[k] * reach - center[k];
    unit(pupil->normal);
    double sum[3] = {0, 0, 0}, off[3];
    pupil->radius = 0.0;
    for (int i = 0; i < POINTS; i++) {
        hit(outline->rays[i], center, pupil->normal, eye, off);
        for (int k = 0; k < 3; k++) sum[k] += off[k] / POINTS;
        pupil->radius += sqrt(dot(off, off) + GRAZING) / POINTS;
    }
    for (int k = 0; k < 3; k++) pupil->normal[k] += sum[k] / eye->pupil_distance;
    unit(pupil->normal);
}

static void linearise(const Outline *outline, const double *center, const Pupil *pupil,
                      const Eye *eye, Slopes *slopes) {
    double turned[2][3], axes[2][3], pupil_at[3], apart[3];
    for (int i = 0; i < 3; i++) {
        pupil_at[i] = center[i] + eye->pupil_distance * pupil->normal[i];
        apart[i] = outline->outer[0][i] - outline->inner[0][i];
    }
    double least = 0.5 * sqrt(dot(pupil_at, pupil_at) * dot(apart, apart));
    tangents(pupil->normal, axes[0], axes[1]);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 3; i++) turned[k][i] = pupil->normal[i] + STEP * axes[k][i];
        unit(turned[k]);
    }
    for (int i = 0; i < POINTS; i++) {
        double here = distance_from_axis(outline->rays[i], center, pupil->normal, eye);
        double in = distance_from_axis(outline->inner[i], center, pupil->normal, eye);
        double out = distance_from_axis(outline->outer[i], center, pupil->normal, eye);
        double scale = fmax(out - in, least);
        for (int k = 0; k < 2; k++) {
            double there = distance_from_axis(outline->rays[i], center, turned[k], eye);
            slopes->own[i][k] = (there - here) / (STEP * scale);
        }
        slopes->own[i][2] = -1.0 / scale;
        slopes->residuals[i] = (here - pupil->radius) / scale;
        slopes->scale[i] = scale;
    }
}

/* Solve the 3 x 3 system with `columns` right-hand sides by Cramer's rule; the matrix is symmetric
   and positive. */
static void solve(double matrix[3][3], const double *right, int columns, double *result) {
    double inverse[3][3], scale;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            int a = (j + 1) % 3, b = (j + 2) % 3, c = (i + 1) % 3, d = (i + 2) % 3;
            inverse[i][j] = matrix[a][c] * matrix[b][d] - matrix[a][d] * matrix[b][c];
        }
    scale = 1.0 / (matrix[0][0] * inverse[0][0] + matrix[0][1] * inverse[1][0] +
                   matrix[0][2] * inverse[2][0]);
    for (int i = 0; i < 3; i++)
        for (int column = 0; column < columns; column++) {
            double sum = 0.0;
            for (int j = 0; j < 3; j++) sum += inverse[i][j] * right[j * columns + column];
            result[i * columns + column] = sum * scale;
        }
}

static void own_matrix(const Slopes *slopes, double matrix[3][3]) {
    for (int i = 0; i < OWN; i++)
        for (int j = 0; j < OWN; j++) {
            matrix[i][j] = i == j ? RIDGE : 0.0;
            for (int k = 0; k < POINTS; k++) matrix[i][j] += slopes->own[k][i] * slopes->own[k][j];
        }
}

static double clipped(double value, double low, double high) {
    return fmin(fmax(value, low), high);
}

static void move(const Pupil *from, const double *change, Pupil *to) {
    double one[3], other[3];
    double turn = clipped(change[0], -LONGEST_TURN, LONGEST_TURN);
    double more = clipped(change[1], -LONGEST_TURN, LONGEST_TURN);
    tangents(from->normal, one, other);
    for (int i = 0; i < 3; i++) to->normal[i] = from->normal[i] + turn * one[i] + more * other[i];
    unit(to->normal);
    to->radius = clipped(from->radius + change[2], SMALLEST_MM, LARGEST_MM);
}

static void fit_pupil(const Outline *outline, const double *center, const Eye *eye,
                      Pupil *pupil, Slopes *slopes) {
    first_guess(outline, center, eye, pupil);
    linearise(outline, center, pupil, eye, slopes);
    for (int round = 0; round < PUPIL_ROUNDS; round++) {
        double matrix[3][3], right[OWN] = {0, 0, 0}, step[OWN];
        own_matrix(slopes, matrix);
        for (int i = 0; i < OWN; i++)
            for (int k = 0; k < POINTS; k++) right[i] -= slopes->own[k][i] * slopes->residuals[k];
        solve(matrix, right, 1, step);
        move(pupil, step, pupil);
        linearise(outline, center, pupil, eye, slopes);
    }
}

/* Pupils (normal, radius) and residuals for `count` shapes, when the centre is known. */
EXPORT void gazed_fit_pupils(const double *shapes, int32_t count, const Camera *camera,
                             const double *center, const Eye *eye, Pupil *pupils,
                             double *residuals) {
    for (int32_t k = 0; k < count; k++) {
        Outline outline;
        Slopes slopes;
        trace_outline(shapes + k * SHAPE, camera, &outline);
        fit_pupil(&outline, center, eye, pupils + k, &slopes);
        memcpy(residuals + k * POINTS, slopes.residuals, sizeof slopes.residuals);
    }
}

/* Solve a symmetric positive 5 x 5 system in place by elimination; `right` becomes the result. */
static void solve_shape(double matrix[SHAPE][SHAPE], double *right) {
    for (int i = 0; i < SHAPE; i++)
        for (int j = i + 1; j < SHAPE; j++) {
            double share = matrix[j][i] / matrix[i][i];
            for (int k = i; k < SHAPE; k++) matrix[j][k] -= share * matrix[i][k];
            right[j] -= share * right[i];
        }
    for (int i = SHAPE - 1; i >= 0; i--) {
        for (int k = i + 1; k < SHAPE; k++) right[i] -= matrix[i][k] * right[k];
        right[i] /= matrix[i][i];
    }
}

/* The outline in which the model sees the pupil: `shape`, moved by its residuals. */
EXPORT void gazed_explain(const double *shape, const double *residuals, double *result) {
    const double turn = 6.283185307179586 / POINTS, p = shape[2], q = shape[3], r = shape[4];
    double matrix[SHAPE][SHAPE], right[SHAPE] = {0, 0, 0, 0, 0};
    for (int i = 0; i < SHAPE; i++)
        for (int j = 0; j < SHAPE; j++) matrix[i][j] = i == j ? RIDGE : 0.0;
    for (int k = 0; k < POINTS; k++) {
        double c = cos(k * turn), s = sin(k * turn);
        double x = r * c - q * s, y = p * s - q * c, length = sqrt(x * x + y * y);
        x /= length, y /= length;
        const double moves[SHAPE] = {x, y, x * c, x * s + y * c, y * s};
        for (int i = 0; i < SHAPE; i++) {
            for (int j = 0; j < SHAPE; j++) matrix[i][j] += moves[i] * moves[j];
            right[i] -= moves[i] * residuals[k];
        }
    }
    solve_shape(matrix, right);
    for (int i = 0; i < SHAPE; i++) result[i] = shape[i] + right[i];
}

static double misfit_of(const Slopes *slopes) {
    double sum = 0.0;
    for (int i = 0; i < POINTS; i++) sum += slopes->residuals[i] * slopes->residuals[i];
    return sqrt(sum / POINTS);
}

static int ascending(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double median_misfit(Seen *seen, int32_t count, double *sorted) {
    for (int32_t k = 0; k < count; k++) sorted[k] = seen[k].misfit = misfit_of(&seen[k].slopes);
    qsort(sorted, (size_t)count, sizeof *sorted, ascending);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

static double prior_cost(const double *center, const double *prior, const double *information) {
    double sum = 0.0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            sum += (center[i] - prior[i]) * information[3 * i + j] * (center[j] - prior[j]);
    return sum;
}

/* One outline's equations for the centre, its own three unknowns eliminated. */
static void eliminate(Seen *seen, const double *center, const Eye *eye, double by_center[3][4]) {
    double target[POINTS][4], coupling[OWN][4], matrix[3][3];
    for (int i = 0; i < POINTS; i++) {
        double here = seen->slopes.residuals[i] * seen->slopes.scale[i] + seen->now.radius;
        for (int axis = 0; axis < 3; axis++) {
            double there[3] = {center[0], center[1], center[2]};
            there[axis] += STEP;
            double far = distance_from_axis(seen->outline.rays[i], there, seen->now.normal, eye);
            target[i][axis] = (far - here) / (STEP * seen->slopes.scale[i]);
        }
        target[i][3] = seen->slopes.residuals[i];
    }
    for (int i = 0; i < OWN; i++)
        for (int j = 0; j < 4; j++) {
            coupling[i][j] = 0.0;
            for (int k = 0; k < POINTS; k++) coupling[i][j] += seen->slopes.own[k][i] * target[k][j];
        }
    own_matrix(&seen->slopes, matrix);
    solve(matrix, coupling[0], 4, seen->answer[0]);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++) {
            by_center[i][j] = 0.0;
            for (int k = 0; k < POINTS; k++) by_center[i][j] += target[k][i] * target[k][j];
            for (int k = 0; k < OWN; k++) by_center[i][j] -= coupling[k][i] * seen->answer[k][j];
        }
}

static void gather(Seen *seen, const double *counts, int32_t count, double *sorted,
                   const double *center, const double *prior, const double *information,
                   double bias_px, const Eye *eye, double matrix[3][3], double *slope,
                   double *misfit_noise) {
    double misfit = median_misfit(seen, count, sorted);
    double noise = sqrt(POINTS / 2.0) * sorted[3 * (count - 1) / 4];
    double floor_px = fmax(bias_px, noise);
    misfit_noise[0] = misfit, misfit_noise[1] = noise;
    for (int i = 0; i < 3; i++) {
        slope[i] = 0.0;
        for (int j = 0; j < 3; j++) {
            matrix[i][j] = information[3 * i + j];
            slope[i] += information[3 * i + j] * (center[j] - prior[j]);
        }
    }
    for (int32_t k = 0; k < count; k++) {
        double by_center[3][4], ratio = seen[k].misfit / (TOLERANCE * fmax(misfit, bias_px));
        ratio = 1.0 / (1.0 + ratio * ratio);
        seen[k].weight = ratio * ratio;
        seen[k].say = seen[k].weight / (noise * noise / counts[k] + floor_px * floor_px);
        eliminate(seen + k, center, eye, by_center);
        for (int i = 0; i < 3; i++) {
            slope[i] += seen[k].say * by_center[i][3];
            for (int j = 0; j < 3; j++) matrix[i][j] += seen[k].say * by_center[i][j];
        }
    }
}

static double cost_of(const Seen *seen, int32_t count, int tried) {
    double sum = 0.0;
    for (int32_t k = 0; k < count; k++) {
        double misfit = misfit_of(tried ? &seen[k].tried_slopes : &seen[k].slopes);
        sum += seen[k].say * misfit * misfit * POINTS;
    }
    return sum;
}

static double try_step(Seen *seen, int32_t count, const double *step, const double *center,
                       const Eye *eye) {
    for (int32_t k = 0; k < count; k++) {
        double change[OWN];
        for (int i = 0; i < OWN; i++) {
            change[i] = -seen[k].answer[i][3];
            for (int j = 0; j < 3; j++) change[i] -= seen[k].answer[i][j] * step[j];
        }
        move(&seen[k].now, change, &seen[k].tried);
        linearise(&seen[k].outline, center, &seen[k].tried, eye, &seen[k].tried_slopes);
    }
    return cost_of(seen, count, 1);
}

/* How many bytes gazed_fit_center needs for `count` shapes. */
EXPORT int64_t gazed_room_for(int32_t count) {
    return (int64_t)count * (int64_t)(sizeof(Seen) + sizeof(double));
}

/* The centre that explains `count` shapes best. `center` (3) is the start and the result; `result`
   gets covariance (9), misfit, noise, cost; `weights` one number a shape; `room` is gazed_room_for(). */
EXPORT void gazed_fit_center(const double *shapes, const double *counts, int32_t count,
                             const Camera *camera, const double *prior, const double *information,
                             const Eye *eye, double bias_px, double *center,
                             double *result, double *weights, void *room) {
    Seen *seen = room;
    double *sorted = (double *)(seen + count), matrix[3][3], slope[3], damping = 0.0;
    const double eye_matrix[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    for (int32_t k = 0; k < count; k++) {
        trace_outline(shapes + k * SHAPE, camera, &seen[k].outline);
        fit_pupil(&seen[k].outline, center, eye, &seen[k].now, &seen[k].slopes);
    }
    for (int round = 0; round < CENTER_ROUNDS; round++) {
        double damped[3][3], step[3], there[3], longest = 0.0;
        gather(seen, counts, count, sorted, center, prior, information, bias_px, eye, matrix, slope,
               result + 9);
        memcpy(damped, matrix, sizeof damped);
        for (int i = 0; i < 3; i++) damped[i][i] *= 1.0 + damping;
        solve(damped, slope, 1, step);
        for (int i = 0; i < 3; i++) {
            step[i] = clipped(-step[i], -LONGEST_STEP_MM, LONGEST_STEP_MM);
            there[i] = center[i] + step[i];
            longest = fmax(longest, fabs(step[i]));
        }
        double before = cost_of(seen, count, 0) + prior_cost(center, prior, information);
        double after = try_step(seen, count, step, there, eye) +
                       prior_cost(there, prior, information);
        if (!(after <= before)) {
            damping = fmax(10.0 * damping, FIRST_DAMPING);
            continue;
        }
        damping /= 10.0;
        memcpy(center, there, sizeof there);
        for (int32_t k = 0; k < count; k++) {
            seen[k].now = seen[k].tried;
            seen[k].slopes = seen[k].tried_slopes;
        }
        if (longest < CLOSE_ENOUGH_MM) break;
    }
    solve(matrix, eye_matrix, 3, result);
    result[11] = prior_cost(center, prior, information);
    for (int32_t k = 0; k < count; k++) {
        double own = misfit_of(&seen[k].slopes);
        weights[k] = seen[k].weight;
        result[11] += seen[k].weight * own * own * POINTS / (bias_px * bias_px) +
                      (1.0 - seen[k].weight) * OUTLIER_COST;
    }
}
