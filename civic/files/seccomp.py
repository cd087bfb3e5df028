"""A kernel filter for the decoding child: it may compute and use pipes it already has, nothing else (promise U3).

Threat: a picture that takes over the decoder. With the filter it cannot open a file (not even the key ring), reach
the network, start a program, or signal another process. Linux on x86-64 and ARM 64 only; elsewhere the limits of
`cage` stand alone.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

# name: (x86-64, aarch64). What CPython, libjpeg, libwebp, libheif, libavif and their threads call while they work.
_ALLOWED = {
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "close": (3, 57),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "lseek": (8, 62),
    "poll": (7, None),
    "ppoll": (271, 73),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "sched_yield": (24, 124),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "gettimeofday": (96, 169),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getrandom": (318, 278),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "set_tid_address": (218, 96),
    "sched_getaffinity": (204, 123),
    "sched_setaffinity": (203, 122),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "getrusage": (98, 165),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "restart_syscall": (219, 128),
}
_CLONE = (56, 220)
_CLONE3 = (435, 435)
_ARCHES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_CLONE_THREAD = 0x00010000

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _FIRST_ARG_AT = 0, 4, 16  # offsets in struct seccomp_data; low half of the first argument
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def shut() -> bool:
    """Puts the filter on this process for good; False where the system knows no such thing."""
    if sys.platform != "linux" or platform.machine() not in _ARCHES:
        return False
    column, arch = _ARCHES[platform.machine()]
    code = _program(column, arch)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    program = _Program(len(code) // 8, code)
    return libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0


def _program(column: int, arch: int) -> bytes:
    """Classic BPF: wrong architecture dies, listed calls pass, threads pass, everything else gets EPERM."""
    numbers = [row[column] for row in _ALLOWED.values() if row[column] is not None]
    steps = [
        _step(_LOAD, 0, 0, _ARCH_AT),
        _step(_JUMP_EQUAL, 1, 0, arch),
        _step(_RETURN, 0, 0, _KILL),
        _step(_LOAD, 0, 0, _NUMBER_AT),
    ]
    for number in numbers:
        steps += [_step(_JUMP_EQUAL, 0, 1, number or 0), _step(_RETURN, 0, 0, _ALLOW)]
    # clone3 hides its flags behind a pointer: "not there" makes the C library fall back to clone, whose flags show.
    steps += [_step(_JUMP_EQUAL, 0, 1, _CLONE3[column]), _step(_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    steps += [_step(_JUMP_EQUAL, 1, 0, _CLONE[column]), _step(_RETURN, 0, 0, _ERRNO | _EPERM)]
    steps += [_step(_LOAD, 0, 0, _FIRST_ARG_AT), _step(_JUMP_SET, 0, 1, _CLONE_THREAD)]
    steps += [_step(_RETURN, 0, 0, _ALLOW), _step(_RETURN, 0, 0, _ERRNO | _EPERM)]
    return b"".join(steps)


def _step(code: int, if_true: int, if_false: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
