/* The old way out of chroot(2):   climb DIRECTORY
 *
 * Keeps a descriptor of its root, changes the root to DIRECTORY, goes back by the descriptor, now outside of its root, and up as far as
 * that goes.  Prints what it finds there, one name a line. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char **args)
{
        int top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct dirent *entry;
        DIR *found;

        if (count != 2 || top < 0 || chroot(args[1]) < 0 || fchdir(top) < 0) {
                perror("climb");
                return 1;
        }
        for (int i = 0; i < 64; i++)
                if (chdir("..") < 0) {
                        perror("climb: going up");
                        return 1;
                }
        found = opendir(".");
        while (found && (entry = readdir(found)))
                puts(entry->d_name);
        return found ? 0 : 1;
}
