/* A V4L2 camera for programs that know nothing of it: loaded before them, this answers the
 * system calls with which they open and read /dev/video0 to /dev/video9.
 *
 * $FAKE_V4L2 is a folder. The camera N is plugged in while the file videoN is in it, sends
 * nothing while videoN.stall is, is in use elsewhere while videoN.busy is, and offers YUYV in
 * place of JPEG while videoN.yuyv is. Pictures are 0.jpg, 1.jpg and so on, 192 pixels square.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SIDE 192
#define LARGEST (SIDE * SIDE * 2)
#define MOST_BUFFERS 8
#define MOST_PICTURES 64

struct camera {
    int fd, number, streaming, buffers, queued[MOST_BUFFERS], waiting, pending;
    unsigned sequence, rate;
    void *memory[MOST_BUFFERS];
    pthread_t thread;
    pthread_mutex_t lock;
};

static struct camera cameras[10];
static unsigned char pictures[MOST_PICTURES][LARGEST];
static size_t sizes[MOST_PICTURES];
static int count;
static const unsigned rates[] = {30, 120, 200};

#define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)

/* --- the folder ------------------------------------------------------------------------ */

static const char *mapped(const char *path, char *room, size_t size) {
    const char *folder = getenv("FAKE_V4L2");
    if (!folder || !path || strncmp(path, "/dev/video", 10)) return path;
    snprintf(room, size, "%s/%s", folder, path + 5);
    return room;
}

static int is_there(int number, const char *mark) {
    char path[4096];
    REAL(access);
    snprintf(path, sizeof path, "%s/video%d%s", getenv("FAKE_V4L2"), number, mark);
    return !real(path, F_OK);
}

static void load(void) {
    char path[4096];
    FILE *file;
    for (count = 0; count < MOST_PICTURES; count++) {
        snprintf(path, sizeof path, "%s/%d.jpg", getenv("FAKE_V4L2"), count);
        if (!(file = fopen(path, "rb"))) break;
        sizes[count] = fread(pictures[count], 1, LARGEST, file);
        fclose(file);
    }
}

/* --- the camera ------------------------------------------------------------------------ */

static struct camera *camera_of(int fd) {
    for (int number = 0; number < 10; number++)
        if (cameras[number].fd == fd + 1) return &cameras[number];
    return NULL;
}

static void *expose(void *argument) {
    struct camera *camera = argument;
    uint64_t one = 1;
    while (camera->fd) {
        struct timespec period = {0, 1000000000 / camera->rate};
        nanosleep(&period, NULL);
        pthread_mutex_lock(&camera->lock);
        int gone = !is_there(camera->number, "");
        int sends = camera->streaming && !is_there(camera->number, ".stall");
        if (camera->fd && camera->pending < camera->waiting && (gone || sends)) {
            camera->pending++;
            if (write(camera->fd - 1, &one, sizeof one) < 0) perror("fake camera");
        }
        pthread_mutex_unlock(&camera->lock);
    }
    return NULL;
}

static int plug_in(int number) {
    struct camera *camera = &cameras[number];
    if (!is_there(number, "")) { errno = ENOENT; return -1; }
    int fd = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE | EFD_CLOEXEC);
    if (camera->fd || fd < 0) return fd;  /* a second opening may only ask questions */
    load();
    memset(camera, 0, sizeof *camera);
    pthread_mutex_init(&camera->lock, NULL);
    camera->number = number;
    camera->rate = 30;
    camera->fd = fd + 1;
    pthread_create(&camera->thread, NULL, expose, camera);
    return fd;
}

static unsigned layout(struct camera *camera) {
    return is_there(camera->number, ".yuyv") ? V4L2_PIX_FMT_YUYV : V4L2_PIX_FMT_MJPEG;
}

static void describe(struct camera *camera, struct v4l2_pix_format *format) {
    format->width = format->height = SIDE;
    format->pixelformat = layout(camera);
    format->field = V4L2_FIELD_NONE;
    format->bytesperline = format->pixelformat == V4L2_PIX_FMT_YUYV ? 2 * SIDE : 0;
    format->sizeimage = LARGEST;
}

static int take(struct camera *camera, struct v4l2_buffer *buffer) {
    uint64_t one;
    struct timespec now;
    if (read(camera->fd - 1, &one, sizeof one) < 0) return EAGAIN;
    pthread_mutex_lock(&camera->lock);
    int index = camera->queued[0];
    memmove(camera->queued, camera->queued + 1, sizeof *camera->queued * --camera->waiting);
    camera->pending--;
    unsigned picture = camera->sequence % (count ? count : 1);
    memset(buffer, 0, sizeof *buffer);
    buffer->index = index;
    buffer->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    buffer->memory = V4L2_MEMORY_MMAP;
    buffer->length = LARGEST;
    buffer->sequence = camera->sequence;
    buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    if (layout(camera) == V4L2_PIX_FMT_YUYV) {
        for (int at = 0; at < LARGEST; at++)
            ((unsigned char *)camera->memory[index])[at] = at % 2 ? 128 : camera->sequence % 200;
        buffer->bytesused = LARGEST;
    } else {
        memcpy(camera->memory[index], pictures[picture], sizes[picture]);
        buffer->bytesused = sizes[picture];
    }
    camera->sequence++;
    clock_gettime(CLOCK_MONOTONIC, &now);
    buffer->timestamp.tv_sec = now.tv_sec;
    buffer->timestamp.tv_usec = now.tv_nsec / 1000;
    pthread_mutex_unlock(&camera->lock);
    return 0;
}

static int reserve(struct camera *camera, struct v4l2_requestbuffers *wish) {
    if (is_there(camera->number, ".busy")) return EBUSY;
    camera->buffers = wish->count > MOST_BUFFERS ? MOST_BUFFERS : wish->count;
    camera->waiting = camera->streaming = 0;
    wish->count = camera->buffers;
    for (int index = 0; index < camera->buffers; index++)
        camera->memory[index] = mmap(NULL, LARGEST, PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return 0;
}

static void keep_rate(struct camera *camera, struct v4l2_captureparm *wish) {
    unsigned asked = wish->timeperframe.numerator
        ? wish->timeperframe.denominator / wish->timeperframe.numerator : 30;
    camera->rate = asked > 160 ? 200 : asked > 75 ? 120 : 30;
}

static int answer(struct camera *camera, unsigned long request, void *data) {
    struct v4l2_buffer *buffer = data;
    struct v4l2_streamparm *stream = data;
    if (!is_there(camera->number, "")) return ENODEV;
    switch (request) {
    case VIDIOC_QUERYCAP: {
        struct v4l2_capability *able = data;
        memset(able, 0, sizeof *able);
        strcpy((char *)able->driver, "fake");
        strcpy((char *)able->card, "Fake camera");
        able->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        able->capabilities = able->device_caps | V4L2_CAP_DEVICE_CAPS;
        return 0;
    }
    case VIDIOC_G_INPUT: *(int *)data = 0; return 0;
    case VIDIOC_S_INPUT: return *(int *)data ? EINVAL : 0;
    case VIDIOC_ENUMINPUT: {
        struct v4l2_input *input = data;
        if (input->index) return EINVAL;
        input->type = V4L2_INPUT_TYPE_CAMERA;
        return 0;
    }
    case VIDIOC_ENUM_FMT: {
        struct v4l2_fmtdesc *format = data;
        if (format->index || format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return EINVAL;
        format->pixelformat = layout(camera);
        return 0;
    }
    case VIDIOC_ENUM_FRAMESIZES: {
        struct v4l2_frmsizeenum *size = data;
        if (size->index) return EINVAL;
        size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        size->discrete.width = size->discrete.height = SIDE;
        return 0;
    }
    case VIDIOC_ENUM_FRAMEINTERVALS: {
        struct v4l2_frmivalenum *interval = data;
        if (interval->index >= sizeof rates / sizeof *rates) return EINVAL;
        interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
        interval->discrete.numerator = 1;
        interval->discrete.denominator = rates[interval->index];
        return 0;
    }
    case VIDIOC_G_FMT: case VIDIOC_S_FMT: case VIDIOC_TRY_FMT:
        describe(camera, &((struct v4l2_format *)data)->fmt.pix);
        return 0;
    case VIDIOC_S_PARM: keep_rate(camera, &stream->parm.capture); /* fall through */
    case VIDIOC_G_PARM:
        stream->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        stream->parm.capture.timeperframe.numerator = 1;
        stream->parm.capture.timeperframe.denominator = camera->rate;
        return 0;
    case VIDIOC_REQBUFS: return reserve(camera, data);
    case VIDIOC_QUERYBUF:
        if ((int)buffer->index >= camera->buffers) return EINVAL;
        buffer->length = LARGEST;
        buffer->m.offset = buffer->index * 0x100000;
        return 0;
    case VIDIOC_QBUF:
        pthread_mutex_lock(&camera->lock);
        camera->queued[camera->waiting++] = buffer->index;
        pthread_mutex_unlock(&camera->lock);
        return 0;
    case VIDIOC_DQBUF: return take(camera, buffer);
    case VIDIOC_STREAMON: camera->streaming = 1; return 0;
    case VIDIOC_STREAMOFF: {
        uint64_t one;
        pthread_mutex_lock(&camera->lock);
        camera->streaming = camera->waiting = camera->pending = 0;
        while (read(camera->fd - 1, &one, sizeof one) > 0) {}
        pthread_mutex_unlock(&camera->lock);
        return 0;
    }
    }
    return EINVAL;
}

/* --- the system's calls ---------------------------------------------------------------- */

int ioctl(int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *data = va_arg(rest, void *);
    va_end(rest);
    REAL(ioctl);
    struct camera *camera = camera_of(fd);
    if (!camera) return real(fd, request, data);
    int error = answer(camera, request & 0xffffffff, data);
    if (!error) return 0;
    errno = error;
    return -1;
}

int close(int fd) {
    REAL(close);
    struct camera *camera = camera_of(fd);
    if (camera) {
        camera->fd = 0;
        pthread_join(camera->thread, NULL);
    }
    return real(fd);
}

void *mmap(void *address, size_t length, int how, int flags, int fd, off_t offset) {
    REAL(mmap);
    struct camera *camera = fd < 0 ? NULL : camera_of(fd);
    return camera ? camera->memory[offset / 0x100000]
                  : real(address, length, how, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int how, int flags, int fd, off_t offset) {
    return mmap(address, length, how, flags, fd, offset);
}

#define OPENS(name)                                                                       \
    int name(const char *path, int flags, ...) {                                          \
        va_list rest;                                                                     \
        va_start(rest, flags);                                                            \
        int mode = va_arg(rest, int);                                                     \
        va_end(rest);                                                                     \
        char room[4096];                                                                  \
        REAL(name);                                                                       \
        if (mapped(path, room, sizeof room) == path) return real(path, flags, mode);      \
        return plug_in(atoi(path + 10) % 10);                                             \
    }
OPENS(open)
OPENS(open64)

int __open_2(const char *path, int flags) { return open(path, flags, 0); }
int __open64_2(const char *path, int flags) { return open64(path, flags, 0); }

#define STATS(name, kind)                                                                 \
    int name(const char *path, struct kind *found) {                                      \
        char room[4096];                                                                  \
        REAL(name);                                                                       \
        return real(mapped(path, room, sizeof room), found);                              \
    }
STATS(stat, stat)
STATS(stat64, stat64)
STATS(lstat, stat)
STATS(lstat64, stat64)

#define STATS_AT(name, kind)                                                              \
    int name(int folder, const char *path, struct kind *found, int flags) {               \
        char room[4096];                                                                  \
        REAL(name);                                                                       \
        return real(folder, mapped(path, room, sizeof room), found, flags);               \
    }
STATS_AT(fstatat, stat)
STATS_AT(fstatat64, stat64)

int access(const char *path, int mode) {
    char room[4096];
    REAL(access);
    return real(mapped(path, room, sizeof room), mode);
}
