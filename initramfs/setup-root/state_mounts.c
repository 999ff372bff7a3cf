/* See state_mounts.h. */
#include "state_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "beneath.h"
#include "mount_api.h"
#include "state_files.h"
#include "system_error.h"
#include "work_place.h"

/* The link `var` of a deployment: to the data of its operating system, which all its deployments share. */
#define VAR_LINK_START "../../os/"
#define VAR_LINK_END "/var"
#define VAR_LINK_MAX (sizeof VAR_LINK_START VAR_LINK_END + COMMIT_NAME_MAX)

static int open_mount_point(const struct boot *boot, const char *name, struct why *why) {
    int place = open_beneath(boot->root, name, O_PATH | O_DIRECTORY, LINKS_REFUSED);
    if (place == -1) {
        char subject[32];
        snprintf(subject, sizeof subject, "its directory /%s", name);
        refuse_path(why, WHAT_IMAGE, subject);
    }
    return place;
}

static int open_state_directory(const struct boot *boot, const char *path, struct why *why) {
    int directory = open_beneath(boot->physical, path, O_PATH | O_DIRECTORY, LINKS_REFUSED);
    if (directory == -1) refuse_path(why, WHAT_STATE, path);
    return directory;
}

/* Attaches a new mount at a mount point of the root and closes it. `mount` is -1 when making it was refused. */
static bool attach_new(int mount, int place, const char *name, struct why *why) {
    bool is_attached = mount != -1 && mount_attach(mount, place, name, why);
    if (mount != -1) close(mount);
    return is_attached;
}

static bool bind_state(const struct boot *boot, const char *path, int place, const char *name, struct why *why) {
    int directory = open_state_directory(boot, path, why);
    if (directory == -1) return false;
    int mount = mount_clone(directory, why);
    close(directory);
    if (mount != -1 && !mount_restrict(mount, ATTR_NODEV, why)) {
        close(mount);
        return false;
    }
    return attach_new(mount, place, name, why);
}

bool prepare_state(const struct boot *boot, struct why *why) {
    const struct policy *policy = &boot->policy;
    if (policy->etc != ETC_BIND && policy->etc != ETC_OVERLAY && policy->var != VAR_BIND) return true;
    /* Initramfs programs mount a root read-only unless the command line says "rw". */
    return mount_make_writable(PHYSICAL_PATH, why);
}

static bool open_etc_upper(const struct boot *boot, struct layers *layers, struct why *why) {
    char path[STATE_PATH_SIZE];
    state_path(boot, "etc", path);
    int directory = open_state_directory(boot, path, why);
    if (directory == -1) return false;
    bool is_open = open_upper(directory, layers, why);
    close(directory);
    return is_open;
}

static bool overlay_etc(const struct boot *boot, int place, struct why *why) {
    struct layers layers = {
        .lower = place, .data = -1, .upper = -1, .work = -1, .source = "etc", .attributes = ATTR_NODEV};
    bool is_open = boot->policy.etc == ETC_OVERLAY ? open_etc_upper(boot, &layers, why)
                                                   : make_transient_upper(boot, "transient-etc", &layers, why);
    bool is_mounted = is_open && attach_new(mount_layers(&layers, why), place, "/etc", why);
    close_upper(&layers);
    return is_mounted;
}

bool mount_etc(const struct boot *boot, struct why *why) {
    char path[STATE_PATH_SIZE];
    if (boot->policy.etc == ETC_NONE) return true;
    int place = open_mount_point(boot, "etc", why);
    if (place == -1) return false;
    state_path(boot, "etc", path);
    bool is_mounted = boot->policy.etc == ETC_BIND ? bind_state(boot, path, place, "/etc", why)
                                                   : overlay_etc(boot, place, why);
    close(place);
    return is_mounted;
}

/* The link is not followed: its text must be exactly as documented, and the path is then made from the name in it. */
static bool resolve_var(const struct boot *boot, char path[STATE_PATH_SIZE], struct why *why) {
    char link_path[STATE_PATH_SIZE];
    char target[VAR_LINK_MAX + 1];
    state_path(boot, "var", link_path);
    int link = open_beneath(boot->physical, link_path, O_PATH | O_NOFOLLOW, LINKS_BENEATH);
    if (link == -1) return refuse_path(why, WHAT_STATE, link_path);
    ssize_t size = readlinkat(link, "", target, sizeof target);
    close(link);
    struct slice text = {(const uint8_t *)target, size > 0 ? (size_t)size : 0};
    size_t start = sizeof VAR_LINK_START - 1;
    size_t end_size = sizeof VAR_LINK_END - 1;
    bool is_link = slice_starts_with(text, VAR_LINK_START) && text.size > start + end_size &&
                   slice_is(slice_part(text, text.size - end_size, text.size), VAR_LINK_END);
    struct slice name = is_link ? slice_part(text, start, text.size - end_size) : slice_of("");
    if (!commit_name_valid(name))
        return refuse(why, WHAT_STATE, "%s is not a symbolic link to ../../os/<name>/var", link_path);
    snprintf(path, STATE_PATH_SIZE, "state/os/%.*s/var", (int)name.size, (const char *)name.at);
    return true;
}

bool mount_var(const struct boot *boot, struct why *why) {
    char path[STATE_PATH_SIZE];
    if (boot->policy.var == VAR_NONE) return true;
    int place = open_mount_point(boot, "var", why);
    if (place == -1) return false;
    bool is_mounted;
    if (boot->policy.var == VAR_TRANSIENT)
        is_mounted = attach_new(mount_memory("var", ATTR_NODEV, why), place, "/var", why);
    else
        is_mounted = resolve_var(boot, path, why) && bind_state(boot, path, place, "/var", why);
    close(place);
    return is_mounted;
}
