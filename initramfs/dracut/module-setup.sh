#!/bin/bash
# Module of dracut(8): the boot program, what it believes, its units and the modules it needs go into every initramfs that is
# made on a system that says whom it trusts. From then on the system that an initramfs of it starts is a sealed root. What is wrong ends
# dracut, because at boot nobody could mend it. For dracut 059 and later.

# Called by dracut. A machine that only makes releases has this module, too, and must start as before: there it counts only when it is
# asked for by name (255).
check() {
    local root=${dracutsysrootdir-} file
    for file in "$root"/{etc,usr/lib}/rootseal/setup-root.conf "$root"/usr/lib/rootseal/keys.d/*.pub; do
        [[ ! -e $file && ! -L $file ]] || return 0
    done
    # Keys alone in /etc may be meant for releases that somebody checks here, and then this machine must start as before. Where that
    # cannot be, they are those of a sealed root. Either is said.
    for file in "$root"/etc/rootseal/keys.d/*.pub; do
        [[ -e $file ]] || break
        if [[ $root ]] || rootseal_is_sealed; then
            dinfo 'rootseal: this initramfs starts only what a key in /etc/rootseal/keys.d has sealed'
            return 0
        fi
        dwarn 'rootseal: this initramfs does not check what it starts: there are keys in /etc/rootseal/keys.d, but no setup-root.conf'
        break
    done
    return 255
}

# Whether the boot program started this system, or no machine starts from here: it is a tree that somebody makes an image of.
rootseal_is_sealed() {
    [[ ! -e /run/rootseal/boot.json && ! -e /run/systemd/container && ! -e /run/.containerenv && ! -e /.dockerenv ]] || return 0
    [[ -e /proc/self || -e /proc/1 ]] || return 0
    # Whoever may not see the root of process 1 may be on any machine, and a machine starts as before.
    [[ -e /proc/1/root && ! /proc/1/root -ef / ]]
}

# Called by dracut.
depends() {
    echo systemd
}

# Called by dracut. For all machines: the image may start on another one than it is made on.
installkernel() {
    hostonly='' instmods overlay erofs
    # For an image before Linux 6.12, and for boot counting. Not every kernel has them as modules.
    hostonly='' instmods loop efivarfs
    # SHA-2 by the instructions of the processor, which udev loads by the processor's features: fs-verity keeps until the end
    # what it finds when the image is checked.
    hostonly='' instmods sha256_ssse3 sha512_ssse3 sha256_arm64 sha2_ce sha512_arm64 sha512_ce
    if rootseal_can_unlock; then hostonly='' instmods '=drivers/char/tpm'; fi
}

# Whether the image has what opens an encrypted root file system with a key that a TPM keeps. The rest of that comes with dracut's modules
# systemd-cryptsetup and systemd-pcrphase, which it takes by itself.
rootseal_can_unlock() {
    [[ -x ${dracutsysrootdir-}/usr/lib/systemd/systemd-cryptsetup ]]
}

# An initramfs without the check would start whatever is on the disk, and dracut goes on when a module returns an error.
rootseal_fail() {
    dfatal "rootseal: $1"
    exit 1
}

# Called by dracut.
install() {
    local root=${dracutsysrootdir-} program=/usr/lib/rootseal/rootseal-setup-root unit directory file module
    [[ -x $root$program ]] || rootseal_fail "$program is missing"

    # Policy, keys and revocations, as the boot program itself understands them.
    if [[ $root ]]; then
        chroot "$root" "$program" --check || rootseal_fail "no initramfs is made with what is refused above"
    else
        "$program" --check || rootseal_fail "no initramfs is made with what is refused above"
    fi
    inst_simple "$program"
    # The first that is there counts (docs/formats/policy.md).
    for file in /etc/rootseal/setup-root.conf /usr/lib/rootseal/setup-root.conf; do
        [[ -e $root$file ]] || continue
        rootseal_add "$file"
        break
    done
    # Names that start with a dot do not count, and * leaves them out.
    for directory in /etc/rootseal /usr/lib/rootseal; do
        for file in "$root$directory"/keys.d/*.pub "$root$directory"/revoked.d/*; do
            [[ ! -e $file ]] || rootseal_add "${file#"$root"}"
        done
    done

    for unit in rootseal-setup-root.service rootseal-refused.service; do
        rootseal_add "/usr/lib/systemd/system/$unit"
    done
    systemctl --quiet --root "$initdir" enable rootseal-setup-root.service ||
        rootseal_fail "rootseal-setup-root.service cannot be enabled"
    # systemctl of some versions is content when it has done nothing.
    for unit in initrd-root-fs.target initrd-switch-root.target initrd-switch-root.service; do
        [[ -L $initdir/etc/systemd/system/$unit.requires/rootseal-setup-root.service ]] ||
            rootseal_fail "$unit does not require rootseal-setup-root.service"
    done

    # systemd loads them by name when it asks a TPM, so no program that is copied brings them. dracut's module tpm2-tss would, together
    # with programs that nobody calls here, and with curl and GnuTLS: 5 MB of an initramfs of 20.
    if rootseal_can_unlock; then
        inst_libdir_file libtss2-{esys,sys,mu,rc,tcti-device}.so'*'
        inst_multiple -o "$systemdutildir"/system-generators/systemd-tpm2-generator "$systemdsystemunitdir"/tpm2.target
    fi

    # Nobody gets a shell when a boot fails; see the file.
    for unit in emergency.service rescue.service dracut-emergency.service; do
        inst_simple "$moddir/no-shell.conf" "/etc/systemd/system/$unit.d/rootseal-no-shell.conf" ||
            rootseal_fail "$moddir/no-shell.conf is missing"
    done
    ln -sfn /dev/null "$initdir/etc/systemd/system/debug-shell.service"
    # Extensions put their files over /usr and /etc of the initramfs, before the check. Whoever writes to the ESP can lay some beside a
    # unified kernel image, and a signature is only asked for where the image's policy says so.
    for unit in systemd-sysext systemd-confext systemd-sysext-initrd systemd-confext-initrd systemd-sysext-sysroot \
        systemd-confext-sysroot; do
        ln -sfn /dev/null "$initdir/etc/systemd/system/$unit.service"
    done

    # The program is process 1, and starts what was /init with an environment of its own: the kernel makes variables of words of
    # its command line, and systemd would look for units where SYSTEMD_UNIT_PATH says, past those that require the check.
    for module in squash squash-lib; do
        ! dracut_module_included "$module" || rootseal_fail "with the module $module a shell is process 1, before the check"
    done
    [[ -L $initdir/init && $(readlink -f "$initdir/init") == "$initdir"/*/systemd/systemd ]] ||
        rootseal_fail "this dracut is not supported: /init is not a link to systemd"
    mv "$initdir/init" "$initdir${program%/*}/init"
    ln_r /usr/lib/systemd/systemd "${program%/*}/init"
    ln_r "$program" /init
}

# A file at its own place; a link's target is what is copied.
rootseal_add() {
    inst_simple "$(readlink -f "${dracutsysrootdir-}$1")" "$1" || rootseal_fail "$1 cannot be copied"
}
