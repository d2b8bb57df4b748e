#include "layers/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"

static size_t mask_of(const struct stack *stack) { return stack->named; }
static size_t host_of(const struct stack *stack) { return stack->named + 1; }

void stack_init(struct stack *stack)
{
        *stack = (struct stack){ .named = 0 };
        for (size_t i = 0; i < ARRAY_LENGTH(stack->dirs); i++)
                stack->dirs[i] = -1;
}

void stack_done(struct stack *stack)
{
        for (size_t i = 0; i < stack->named + 2; i++)
                io_closep(&stack->dirs[i]);
        stack_init(stack);
}

bool stack_has_host(const struct stack *stack)
{
        return host_of(stack) < stack->shown && stack->dirs[host_of(stack)] >= 0;
}

static int open_top(const char *path, int *ret, struct error *err)
{
        if (!path)
                return 0;
        *ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return *ret < 0 ? error_errno(err, "opening %s", path) : 0;
}

int stack_open(const struct changes_part *part, enum changes_marks marks, struct stack *ret, struct error *err)
{
        struct stack stack;
        int r = 0;

        stack_init(&stack);
        if (part->layers.count > STACK_LAYERS_MAX)
                return error_set(err, E_NOT_SUPPORTED, "%s: more than %d layers", part->at, STACK_LAYERS_MAX);
        stack.named = part->layers.count;
        stack.shown = stack.named + 2;
        stack.marks = marks;
        stack.hidden = !part->host;
        for (size_t i = 0; r >= 0 && i < stack.named; i++)
                r = open_top(part->layers.items[i], &stack.dirs[i], err);
        if (r >= 0)
                r = open_top(part->mask, &stack.dirs[mask_of(&stack)], err);
        if (r >= 0)
                r = open_top(part->host, &stack.dirs[host_of(&stack)], err);
        if (r < 0) {
                stack_done(&stack);
                return r;
        }
        *ret = stack;
        return 0;
}

/* The kernel takes no other value than "y"; the masks are our own. */
static bool is_opaque(int dir, enum changes_marks marks)
{
        _cleanup_(free_charp) char *value = change_read_mark(dir, ".", "opaque", marks);

        return text_equal(value, "y");
}

/* Positive: the layer has something else of that name, which covers what lies below as well. */
static int open_directory(int dir, const char *name, bool of_host, int *ret, struct error *err)
{
        *ret = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (*ret >= 0)
                return 0;
        if (errno == ENOTDIR || errno == ELOOP)
                return 1;
        /* What others keep to themselves is nothing that a sandbox of ours could have seen either. */
        return errno == ENOENT || (of_host && (errno == EACCES || errno == EPERM)) ? 0 : error_errno(err, "opening %s beneath it", name);
}

int stack_enter(const struct stack *stack, const char *name, struct stack *ret, struct error *err)
{
        ret->named = stack->named;
        ret->shown = stack->shown;
        ret->hidden = stack->hidden;
        ret->marks = stack->marks;
        for (size_t i = 0; i < stack->named + 2; i++) {
                bool mask = i == mask_of(stack), covers;
                int r;

                if (stack->dirs[i] < 0 || (i >= ret->shown && !mask))
                        continue;
                r = open_directory(stack->dirs[i], name, i == host_of(stack), &ret->dirs[i], err);
                if (r < 0)
                        return r;
                covers = r > 0 || (i < host_of(stack) && ret->dirs[i] >= 0 && is_opaque(ret->dirs[i], stack->marks));
                ret->hidden |= mask && covers;
                if (covers && i < ret->shown)
                        ret->shown = r > 0 ? i : i + 1;
        }
        return 0;
}

int stack_way(const struct stack *stack, const char *where, struct stack *ret, struct error *err)
{
        const struct stack *at = stack;
        struct stack held;
        int r = 0;

        stack_init(&held);
        while (r >= 0 && *where == '/') {
                size_t length = strcspn(++where, "/");
                struct stack next;
                char name[256];

                stack_init(&next);
                if (length == 0 || length >= sizeof(name) || (*where == '.' && strspn(where, ".") >= length && length <= 2)) {
                        r = error_set(err, E_INVALID_DATA, "\"%.*s\" is no name of a directory", length < 255 ? (int)length : 255, where);
                        break;
                }
                memcpy(name, where, length);
                name[length] = '\0';
                r = stack_enter(at, name, &next, err);
                stack_done(&held);
                held = next;
                at = &held;
                where += length;
        }
        if (r >= 0)
                *ret = held;
        else
                stack_done(&held);
        return r;
}

static int look(const struct stack *stack, size_t number, const char *name, struct change_look *ret, struct error *err)
{
        bool host = number == host_of(stack);

        if (change_look_at(stack->dirs[number], name, ret, NULL) < 0 && !(host && (errno == EACCES || errno == EPERM)))
                return error_errno(err, "looking at %s %s", name,
                                   host ? "on the host" : number < stack->named ? "in a layer" : "in the mask");
        return 0;
}

int stack_find(const struct stack *stack, const char *name, struct stack_entry *ret, struct error *err)
{
        struct change_look mask = { 0 };

        *ret = (struct stack_entry){ .dir = -1, .number = stack->named + 2, .hidden = stack->hidden };
        for (size_t i = 0; i < stack->named + 2 && i < stack->shown && !ret->look.mode; i++) {
                if (stack->dirs[i] < 0)
                        continue;
                if (look(stack, i, name, &ret->look, err) < 0)
                        return err->code;
                if (ret->look.mode) {
                        ret->number = i;
                        ret->dir = stack->dirs[i];
                }
        }
        if (ret->number == mask_of(stack))
                mask = ret->look;
        else if (stack->dirs[mask_of(stack)] >= 0 && ret->number < mask_of(stack) && look(stack, mask_of(stack), name, &mask, err) < 0)
                return err->code;
        ret->hidden |= mask.mode && !S_ISDIR(mask.mode);
        if (change_is_whiteout(&ret->look)) {
                ret->dir = -1;
                ret->look = (struct change_look){ 0 };
        }
        return 0;
}

int stack_is_layered(const struct stack *stack, const char *name, const struct stack_entry *entry, bool *ret, struct error *err)
{
        struct stack below;
        int r;

        *ret = entry->number < stack->named;
        if (!*ret || !S_ISDIR(entry->look.mode))
                return 0;
        stack_init(&below);
        r = stack_enter(stack, name, &below, err);
        *ret = !stack_has_host(&below);
        stack_done(&below);
        return r;
}
