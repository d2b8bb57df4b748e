/* The user's home, as the sandbox's own /etc/passwd has it, for programs that nobody gave a HOME: docker and containerd leave that to
 * the runtime. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "hcs/local/init/init.h"

#define PASSWD_MAX (1u << 20)

/* The nth part, counted from 0, of a line of parts with colons between them; NULL: it has fewer. */
static char *part(char *line, unsigned n)
{
        while (line && n--) {
                line = strchr(line, ':');
                line = line ? line + 1 : NULL;
        }
        return line;
}

static void cut(char *word)
{
        word[strcspn(word, ":")] = '\0';
}

/* passwd(5): NAME:PASSWORD:UID:GID:COMMENT:HOME:SHELL.  Takes the text apart. */
static const char *find(char *text, uint32_t uid)
{
        char *line;

        while ((line = strsep(&text, "\n"))) {
                char *number = part(line, 2), *home = part(line, 5);
                uint32_t found;

                if (!home)
                        continue;
                cut(home);
                cut(number);
                if (text_to_u32(number, &found) == 0 && found == uid)
                        return *home ? home : NULL;
        }
        return NULL;
}

/* The file is the sandbox's: it may be anything, lead anywhere in there, and say anything. */
const char *account_home(struct arena *arena, uint32_t uid)
{
        static const char nobodys[] = "/";
        _cleanup_(io_closep) int passwd = sys_openat2(AT_FDCWD, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                                                      RESOLVE_NO_MAGICLINKS);
        _cleanup_(text_done) struct text text = { 0 };
        struct error none = { 0 };
        struct stat what;
        const char *home;

        if (passwd < 0 || fstat(passwd, &what) < 0 || !S_ISREG(what.st_mode) ||
            io_read_all(passwd, PASSWD_MAX, &text, "/etc/passwd", &none) < 0 || !text.data)
                return nobodys;
        home = find(text.data, uid);
        home = home ? arena_copy(arena, home) : NULL;
        return home ? home : nobodys;
}
