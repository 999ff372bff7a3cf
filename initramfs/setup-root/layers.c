/* See layers.h. */
#include "layers.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "mount_api.h"

#define OPTIONS_MAX 12

/* Options under way, and the paths that they point to. */
struct overlay {
    size_t count;
    struct mount_option options[OPTIONS_MAX];
    char lower[FD_PATH_SIZE];
    char data[FD_PATH_SIZE];
    char joined[2 * FD_PATH_SIZE + 2];
    char upper[FD_PATH_SIZE];
    char work[FD_PATH_SIZE];
};

void fd_path(int file, char path[FD_PATH_SIZE]) { snprintf(path, FD_PATH_SIZE, "/proc/self/fd/%d", file); }

static void add_option(struct overlay *overlay, const char *key, const char *value) {
    overlay->options[overlay->count++] = (struct mount_option){key, value};
}

static void add_lower(struct overlay *overlay, const struct layers *layers, bool is_joined) {
    fd_path(layers->lower, overlay->lower);
    if (layers->data == -1) {
        add_option(overlay, "lowerdir", overlay->lower);
        return;
    }
    fd_path(layers->data, overlay->data);
    if (is_joined) {
        snprintf(overlay->joined, sizeof overlay->joined, "%s::%s", overlay->lower, overlay->data);
        add_option(overlay, "lowerdir", overlay->joined);
    } else {
        add_option(overlay, "lowerdir+", overlay->lower);
        add_option(overlay, "datadir+", overlay->data);
    }
}

static int try_mount(const struct layers *layers, bool is_joined, struct why *why) {
    struct overlay overlay = {.count = 0};
    bool is_writable = layers->upper != -1;
    add_option(&overlay, "source", layers->source);
    add_option(&overlay, "metacopy", layers->follows_redirects ? "on" : "off");
    add_option(&overlay, "redirect_dir", layers->follows_redirects ? "on" : "nofollow");
    if (layers->requires_verity) add_option(&overlay, "verity", "require");
    add_lower(&overlay, layers, is_joined);
    if (is_writable) {
        fd_path(layers->upper, overlay.upper);
        fd_path(layers->work, overlay.work);
        add_option(&overlay, "upperdir", overlay.upper);
        add_option(&overlay, "workdir", overlay.work);
    }
    unsigned attributes = layers->attributes | (is_writable ? 0 : ATTR_RDONLY);
    return mount_create(&(struct file_system){"overlay", overlay.count, overlay.options, attributes}, why);
}

int mount_layers(const struct layers *layers, struct why *why) {
    int mount = try_mount(layers, false, why);
    if (mount != -1 || layers->data == -1 || errno != EINVAL) return mount;
    /* Before Linux 6.8 there are no separate options for layers. If something else is wrong, it fails once more. */
    struct why second;
    mount = try_mount(layers, true, &second);
    return mount;
}
