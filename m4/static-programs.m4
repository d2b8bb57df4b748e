# HOUSE_STATIC_PROGRAMS: how the static programs are compiled and linked.
#
# glibc's start reads the CPUID leaves dozens of times, and in a virtual machine each of them is an exit to the host: a
# third of a millisecond an execve, twice a sandbox.  musl's start reads none.  Sets STATIC_CFLAGS, STATIC_YAJL and
# with_static_libc.
AC_DEFUN([HOUSE_STATIC_PROGRAMS], [
  saved_CFLAGS=$CFLAGS
  saved_LIBS=$LIBS
  saved_LDFLAGS=$LDFLAGS

  STATIC_CFLAGS=
  AS_IF([test "x$with_static_libc" != xsystem], [
    AC_PATH_PROG([MUSL_GCC], [musl-gcc])
    musl_specs=
    AS_IF([test -n "$MUSL_GCC"], [musl_specs=`sed -n 's/.*-specs "\(.*\)".*/\1/p' "$MUSL_GCC"`])
    AS_IF([test -f "$musl_specs"], [
      AC_MSG_CHECKING([whether $CC links static programs with musl and yajl])
      dnl The kernel's headers lie among the system's: what musl has itself is found before them.
      triplet=`$CC -print-multiarch 2>/dev/null`
      STATIC_CFLAGS="-specs=$musl_specs -idirafter /usr/include${triplet:+ -idirafter /usr/include/$triplet}"
      CFLAGS="$saved_CFLAGS -I$srcdir $STATIC_CFLAGS"
      LDFLAGS="$saved_LDFLAGS -static"
      dnl By its place: its folder has the other C library, too.  It was built for that one, but what parses calls nothing that is
      dnl not in both.
      STATIC_YAJL=`$CC -print-file-name=libyajl_s.a`
      LIBS=$STATIC_YAJL
      AC_LINK_IFELSE([AC_LANG_PROGRAM([[
#include <yajl/yajl_parse.h>
#include "hcs/base/linux-calls.h"
#ifdef __GLIBC__
#error the compiler does not heed -specs
#endif]], [[return yajl_parse(yajl_alloc(0, 0, 0), 0, 0) != yajl_status_ok;]])],
        [AC_MSG_RESULT([yes]); with_static_libc=musl],
        [AC_MSG_RESULT([no]); STATIC_CFLAGS=])
    ])
    AS_IF([test "x$with_static_libc" = xmusl && test -z "$STATIC_CFLAGS"],
      [AC_MSG_ERROR([static programs can't be linked with musl here: it takes gcc, musl-gcc (Debian's musl-tools) and libyajl_s.a])])
  ])

  AS_IF([test -z "$STATIC_CFLAGS"], [
    with_static_libc=system
    STATIC_YAJL=-lyajl_s
    AC_MSG_CHECKING([for a static yajl])
    CFLAGS=$saved_CFLAGS
    LDFLAGS="$saved_LDFLAGS -static"
    LIBS="$STATIC_YAJL $saved_LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <yajl/yajl_parse.h>]], [[return yajl_parse(yajl_alloc(0, 0, 0), 0, 0) != yajl_status_ok;]])],
      [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([there is no static yajl (libyajl_s.a, in Debian's libyajl-dev); --disable-static-programs goes without])])
  ])

  dnl By its place too, and fortified for glibc: one call of that has a stand-in (hcs/local/filter/main.c).  Where there is no static
  dnl one, the program that needs it loads the shared one.
  AC_MSG_CHECKING([for a static libseccomp])
  STATIC_SECCOMP_LIBS=`$CC -print-file-name=libseccomp.a`
  CFLAGS="$saved_CFLAGS $STATIC_CFLAGS"
  LDFLAGS="$saved_LDFLAGS -static"
  LIBS=$STATIC_SECCOMP_LIBS
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[
#include <seccomp.h>
#include <stdio.h>
#ifndef __GLIBC__
int __fprintf_chk(FILE *file, int flag, const char *format, ...) { return file && flag && format ? 0 : -1; }
#endif]], [[return seccomp_export_bpf(seccomp_init(SCMP_ACT_ALLOW), 1);]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no]); STATIC_SECCOMP_LIBS=])

  CFLAGS=$saved_CFLAGS
  LIBS=$saved_LIBS
  LDFLAGS=$saved_LDFLAGS
  AC_SUBST([STATIC_SECCOMP_LIBS])
  AC_SUBST([STATIC_CFLAGS])
  AC_SUBST([STATIC_YAJL])
])
