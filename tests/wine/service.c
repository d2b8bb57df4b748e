#include <windows.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/catalogue.h"
#include "tests/wine/guest.h"

void *fresh(size_t size)
{
        void *memory = calloc(1, size);

        if (!memory)
                abort();
        return memory;
}

char *copy(const char *text)
{
        return text ? strcpy(fresh(strlen(text) + 1), text) : NULL;
}

void make_guid(char guid[40])
{
        LARGE_INTEGER time;

        QueryPerformanceCounter(&time);
        snprintf(guid, 40, "%08x-%04x-4000-8000-%012llx", (unsigned)(time.LowPart * 2654435761u), (unsigned)GetCurrentProcessId() & 0xffff,
                 (unsigned long long)time.QuadPart & 0xffffffffffffULL);
}

const char *string_of(const struct json_value *object, const char *name)
{
        const struct json_value *value = object && object->type == JSON_OBJECT ? json_get(object, name) : NULL;

        return value && value->type == JSON_STRING ? value->text : NULL;
}

bool truth_of(const struct json_value *object, const char *name)
{
        const struct json_value *value = object && object->type == JSON_OBJECT ? json_get(object, name) : NULL;

        return value && value->type == JSON_BOOLEAN && value->boolean;
}

int32_t refuse(struct call *call, int32_t code, const char *fmt, ...)
{
        char words[2048];
        va_list args;

        va_start(args, fmt);
        vsnprintf(words, sizeof(words), fmt, args);
        va_end(args);
        text_clear(&call->answer);
        text_addf(&call->answer, "{\"Error\":%d,\"ErrorMessage\":", (int)code);
        json_write_string(&call->answer, words);
        text_add(&call->answer, ",\"ErrorEvents\":[{\"Message\":");
        json_write_string(&call->answer, words);
        text_add(&call->answer, ",\"Provider\":\"17103e3f-3c6e-4677-bb17-3b267eb5be57\",\"EventId\":11000,\"Flags\":0,\"Source\":\"double\"}]}");
        return code;
}

struct handle *handle_find(struct service *service, uint64_t number)
{
        struct handle *handle = service->handles;

        while (handle && handle->number != number)
                handle = handle->next;
        return handle;
}

uint64_t handle_give(struct call *call, struct system *system, struct process *process)
{
        struct handle *handle = fresh(sizeof(*handle));

        *handle = (struct handle){ .number = ++call->service->last, .client = call->head.client, .system = system, .process = process,
                                   .next = call->service->handles };
        call->service->handles = handle;
        return handle->number;
}

void handle_drop(struct service *service, struct handle *handle)
{
        struct system *system = handle->system;
        bool more = false;

        for (struct handle **at = &service->handles; *at; at = &(*at)->next)
                if (*at == handle) {
                        *at = handle->next;
                        break;
                }
        for (struct handle *other = service->handles; other; other = other->next)
                more = more || (other->system == system && !other->process);
        if (!handle->process && !more && system->tied && system->state != STOPPED)
                system_end(service, system, true);
        free(handle);
}

struct thing *thing_find(struct service *service, const char *kind, const char *name)
{
        struct thing *thing = service->things;

        while (thing && (strcmp(thing->kind, kind) != 0 || _stricmp(thing->name, name) != 0))
                thing = thing->next;
        return thing;
}

struct thing *thing_add(struct service *service, const char *kind, const char *name, const char *of)
{
        struct thing *thing = fresh(sizeof(*thing));

        *thing = (struct thing){ .kind = kind, .name = copy(name), .of = copy(of), .next = service->things };
        service->things = thing;
        return thing;
}

void thing_drop(struct service *service, struct thing *thing)
{
        for (struct thing **at = &service->things; *at; at = &(*at)->next)
                if (*at == thing) {
                        *at = thing->next;
                        break;
                }
        free(thing->name);
        free(thing->of);
        free(thing->document);
        free(thing);
}

bool wait_unlocked(struct service *service, HANDLE object, uint32_t limit)
{
        DWORD result;

        ReleaseSRWLockExclusive(&service->lock);
        result = WaitForSingleObject(object, limit);
        AcquireSRWLockExclusive(&service->lock);
        return result == WAIT_OBJECT_0;
}

/* --- what the test reads ------------------------------------------------------------------------------------------------- */

void books_write(struct service *service)
{
        char path[MAX_PATH], other[MAX_PATH];
        FILE *file;

        disks_sweep(service);
        snprintf(path, sizeof(path), "%s\\books", service->directory);
        snprintf(other, sizeof(other), "%s\\books.new", service->directory);
        file = fopen(other, "wb");
        if (!file)
                return;
        for (const struct system *system = service->systems; system; system = system->next) {
                if (system->state == STOPPED)
                        continue;
                fprintf(file, "system %s %s %s\n", system->id, state_name(system->state), system->machine ? "VirtualMachine" : "Container");
                for (const struct part *part = system->parts; part; part = part->next)
                        fprintf(file, "part %s %s %s\n", system->id, part->kind, part->name);
                for (const struct process *process = system->processes; process; process = process->next)
                        if (process->process && WaitForSingleObject(process->process, 0) != WAIT_OBJECT_0)
                                fprintf(file, "process %s %u\n", system->id, (unsigned)process->id);
        }
        for (const struct system *system = service->systems; system; system = system->next)
                for (const struct process *process = system->processes; process; process = process->next)
                        terminal_describe(file, process);
        for (const struct thing *thing = service->things; thing; thing = thing->next)
                fprintf(file, "%s %s%s%s\n", thing->kind, thing->name, thing->of ? " " : "", thing->of ? thing->of : "");
        fclose(file);
        MoveFileExA(other, path, MOVEFILE_REPLACE_EXISTING);
}

static void record(const struct call *call, const char *what)
{
        FILE *file = call->service->record;

        fprintf(file, "%s client=%llu result=0x%08x", call->head.call, (unsigned long long)call->head.client, (unsigned)call->reply.result);
        for (int i = 0; i < WIRE_TEXTS; i++)
                if (call->texts[i])
                        fprintf(file, " %s", call->texts[i]);
        if (call->reply.result < 0 && call->answer.data)
                fprintf(file, " -> %s", call->answer.data);
        fprintf(file, "%s\n", what);
        fflush(file);
}

/* --- faults -------------------------------------------------------------------------------------------------------------- */

struct fault { char call[56], action[24]; unsigned nth; long value; };

static unsigned count_call(struct service *service, const char *name)
{
        struct thing *count = service->counts;

        while (count && strcmp(count->name, name) != 0)
                count = count->next;
        if (!count) {
                count = fresh(sizeof(*count));
                *count = (struct thing){ .name = copy(name), .next = service->counts };
                service->counts = count;
        }
        return (unsigned)++count->client;
}

static void forget_counts(struct service *service)
{
        for (struct thing *count = service->counts; count; count = count->next)
                count->client = 0;
}

static const struct client *client_of(const struct call *call)
{
        const struct client *client = call->service->clients;

        while (client && client->number != call->head.client)
                client = client->next;
        return client;
}

/* How often somebody looks whether a program has ended, or watches, is chance: "*" passes over these calls. */
static bool is_poll(const char *name)
{
        return strncmp(name, "Watch", 5) == 0 || strcmp(name, "HcsWaitForProcessExit") == 0 ||
               strcmp(name, "HcsWaitForComputeSystemExit") == 0;
}

/* Does the line mean this call?  "CALL", or "CALL@WHO" for the callers whom the environment calls WHO. */
static bool is_meant(struct call *call, const char *line)
{
        const struct client *client = client_of(call);
        const char *at = strchr(line, '@');
        size_t length = at ? (size_t)(at - line) : strlen(line);

        if (at && (!client || strcmp(client->name, at + 1) != 0))
                return false;
        if (length == 1 && *line == '*')
                return !is_poll(call->head.call);
        return strncmp(line, call->head.call, length) == 0 && call->head.call[length] == '\0';
}

/* Lines "CALL[@WHO] NTH ACTION [VALUE]"; "*" is all calls.  Counting begins anew when the file is gone or another. */
static bool find_fault(struct call *call, struct fault *ret)
{
        char path[MAX_PATH], line[256];
        bool found = false;
        FILE *file;

        snprintf(path, sizeof(path), "%s\\faults", call->service->directory);
        file = fopen(path, "rb");
        if (!file) {
                forget_counts(call->service);
                return false;
        }
        line[fread(line, 1, sizeof(line) - 1, file)] = '\0';
        rewind(file);
        if (strcmp(line, call->service->faults) != 0)
                forget_counts(call->service);
        strcpy(call->service->faults, line);
        while (!found && fgets(line, sizeof(line), file)) {
                char value[24] = "0";

                if (sscanf(line, "%55s %u %23s %23s", ret->call, &ret->nth, ret->action, value) < 3)
                        continue;
                ret->value = (long)strtoul(value, NULL, 0);
                found = is_meant(call, ret->call) && count_call(call->service, ret->call) == ret->nth;
        }
        fclose(file);
        return found;
}

/* --- one call ------------------------------------------------------------------------------------------------------------ */

static int32_t check_document(struct call *call, const struct verb *verb)
{
        const char *text = verb->text >= 0 ? call->texts[verb->text] : NULL;
        const struct catalogue_rules rules = { 0 };
        const char *type = guest_type(call, verb->type);
        struct text lines = { 0 };
        struct error err = { 0 };
        int32_t result = 0;

        if (verb->text < 0 || !text || !*text)
                return verb->text >= 0 && verb->required ? refuse(call, WIN32_CODE(87), "%s: the document is missing", verb->name) : 0;
        if (json_parse(&call->arena, text, strlen(text), "document", &call->document, &err) < 0)
                return refuse(call, CODE_INVALID_JSON, "Invalid JSON document '$': %s", err.text);
        if (type && catalogue_check(call->document, type, &rules, &lines, NULL) > 0)
                result = refuse(call, strncmp(type, "hcn:", 4) == 0 ? (int32_t)0x803B001B : CODE_INVALID_JSON,
                                "Invalid JSON document '$': %s", lines.data ? lines.data : "");
        text_done(&lines);
        return result;
}

static const struct verb *find_verb(const char *name)
{
        const struct verb *const tables[] = { system_verbs, process_verbs, storage_verbs, layer_verbs, network_verbs };

        for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
                for (const struct verb *verb = tables[i]; verb->name; verb++)
                        if (strcmp(verb->name, name) == 0)
                                return verb;
        return NULL;
}

static int32_t run_verb(struct call *call)
{
        const struct verb *verb = find_verb(call->head.call);
        int32_t result;

        if (!verb)
                return refuse(call, E_NOTIMPL, "the double does not have %s", call->head.call);
        result = check_document(call, verb);
        return result < 0 ? result : verb->run(call);
}

static bool is_silent(const char *name)
{
        return strncmp(name, "Watch", 5) == 0;
}

static void sleep_unlocked(struct service *service, uint32_t ms)
{
        ReleaseSRWLockExclusive(&service->lock);
        Sleep(ms);
        AcquireSRWLockExclusive(&service->lock);
}

/* With a process its handles go. */
static void drop_client(struct service *service, uint64_t number)
{
        for (struct handle *handle = service->handles, *next; handle; handle = next) {
                next = handle->next;
                if (handle->client == number)
                        handle_drop(service, handle);
        }
}

static void run_call(struct call *call)
{
        struct fault fault = { .action = "" };
        bool faulty = find_fault(call, &fault);

        if (faulty && strcmp(fault.action, "delay") == 0)
                sleep_unlocked(call->service, (uint32_t)fault.value);
        if (faulty && strcmp(fault.action, "result") == 0)
                call->reply.result = refuse(call, (int32_t)fault.value, "a fault that the test wished");
        else if (!faulty || strcmp(fault.action, "crash") != 0)
                call->reply.result = run_verb(call);
        if (faulty && strcmp(fault.action, "lose") == 0)
                call->reply.action = WIRE_LOSE;
        if (faulty && strncmp(fault.action, "crash", 5) == 0)
                call->reply.action = WIRE_CRASH;
        if (call->head.client && !client_of(call))
                drop_client(call->service, call->head.client);  /* he died while this was under way */
        if (!is_silent(call->head.call))
                record(call, faulty ? " (fault)" : "");
        books_write(call->service);
}

/* A client: while this connection stands, the process lives. */
static void keep_client(struct call *call, HANDLE pipe)
{
        struct service *service = call->service;
        struct client client = { .name = call->texts[0] ? call->texts[0] : "" };
        struct client **at;
        char byte;

        AcquireSRWLockExclusive(&service->lock);
        call->reply.handle = client.number = ++service->last;
        client.next = service->clients;
        service->clients = &client;
        ReleaseSRWLockExclusive(&service->lock);
        if (wire_write(pipe, &call->reply, sizeof(call->reply)))
                wire_read(pipe, &byte, 1);
        AcquireSRWLockExclusive(&service->lock);
        for (at = &service->clients; *at != &client; )
                at = &(*at)->next;
        *at = client.next;
        drop_client(service, client.number);
        books_write(service);
        ReleaseSRWLockExclusive(&service->lock);
}

static void tell(struct call *call)
{
        if (strcmp(call->head.call, "Misuse") == 0)
                fprintf(call->service->record, "MISUSE client=%llu %s: %s\n", (unsigned long long)call->head.client, call->texts[0], call->texts[1]);
        else
                fprintf(call->service->record, "LEAK client=%llu %s\n", (unsigned long long)call->head.client, call->texts[0]);
        fflush(call->service->record);
}

static bool read_call(struct call *call, HANDLE pipe)
{
        if (!wire_read(pipe, &call->head, sizeof(call->head)))
                return false;
        call->head.call[sizeof(call->head.call) - 1] = '\0';
        for (int i = 0; i < WIRE_TEXTS; i++) {
                uint32_t length = call->head.length[i];

                if (length == UINT32_MAX)
                        continue;
                if (length > WIRE_TEXT_MAX)
                        return false;
                call->texts[i] = fresh((size_t)length + 1);
                if (!wire_read(pipe, call->texts[i], length))
                        return false;
        }
        return true;
}

static void answer_call(struct call *call, HANDLE pipe)
{
        AcquireSRWLockExclusive(&call->service->lock);
        if (strcmp(call->head.call, "Misuse") == 0 || strcmp(call->head.call, "Goodbye") == 0)
                tell(call);
        else if (strcmp(call->head.call, "Stop") == 0)
                ExitProcess(0);
        else
                run_call(call);
        ReleaseSRWLockExclusive(&call->service->lock);
        call->reply.length = (uint32_t)call->answer.length;
        if (wire_write(pipe, &call->reply, sizeof(call->reply)) && call->answer.length)
                wire_write(pipe, call->answer.data, call->answer.length);
        FlushFileBuffers(pipe);
}

struct connection { struct service *service; HANDLE pipe; };

static DWORD WINAPI serve_connection(void *data)
{
        struct connection *connection = data;
        struct call call = { .service = connection->service };

        if (read_call(&call, connection->pipe)) {
                if (strcmp(call.head.call, "Hello") == 0)
                        keep_client(&call, connection->pipe);
                else
                        answer_call(&call, connection->pipe);
        }
        DisconnectNamedPipe(connection->pipe);
        CloseHandle(connection->pipe);
        for (int i = 0; i < WIRE_TEXTS; i++)
                free(call.texts[i]);
        arena_done(&call.arena);
        text_done(&call.answer);
        free(connection);
        return 0;
}

static int serve(struct service *service)
{
        for (;;) {
                HANDLE pipe = CreateNamedPipeW(WIRE_PIPE, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, PIPE_UNLIMITED_INSTANCES,
                                               65536, 65536, 0, NULL);
                struct connection *connection;

                if (pipe == INVALID_HANDLE_VALUE)
                        return 1;
                if (!ConnectNamedPipe(pipe, NULL) && GetLastError() != ERROR_PIPE_CONNECTED) {
                        CloseHandle(pipe);
                        continue;
                }
                connection = fresh(sizeof(*connection));
                *connection = (struct connection){ service, pipe };
                CloseHandle(CreateThread(NULL, 0, serve_connection, connection, 0, NULL));
        }
}

static int stop(void)
{
        struct wire_request request = { .call = "Stop" };
        const char *const none[WIRE_TEXTS] = { NULL };
        struct wire_answer answer;

        wire_call(&request, none, &answer);
        return 0;
}

/* Has a file open for a while without sharing it, as a virus scanner does; says when it has. */
static int hold(const char *path, const char *milliseconds)
{
        HANDLE file = CreateFileA(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);

        if (file == INVALID_HANDLE_VALUE)
                return 1;
        printf("held\n");
        fflush(stdout);
        Sleep((DWORD)atoi(milliseconds));
        CloseHandle(file);
        return 0;
}

int main(int argc, char **argv)
{
        struct service service = { .lock = SRWLOCK_INIT };
        char path[MAX_PATH];

        if (argc == 2 && strcmp(argv[1], "stop") == 0)
                return stop();
        if (argc == 2 && strcmp(argv[1], "sleep") == 0) {
                Sleep(INFINITE);        /* a program for sandboxes that stay */
                return 0;
        }
        if (argc > 2 && strcmp(argv[1], "inside") == 0)
                return terminal_inside();
        if (argc == 4 && strcmp(argv[1], "size") == 0)
                return terminal_set_size(atoi(argv[2]), atoi(argv[3]));
        if (argc == 2 && strcmp(argv[1], "press") == 0)
                return terminal_press();
        if (argc == 4 && strcmp(argv[1], "hold") == 0)
                return hold(argv[2], argv[3]);
        if (argc != 3 || strcmp(argv[1], "serve") != 0) {
                fprintf(stderr, "usage: double-service serve DIRECTORY | stop | sleep | hold FILE MILLISECONDS\n");
                return 2;
        }
        service.directory = argv[2];
        snprintf(path, sizeof(path), "%s\\record", argv[2]);
        service.record = fopen(path, "ab");
        if (!service.record)
                return 1;
        books_write(&service);
        return serve(&service);
}
