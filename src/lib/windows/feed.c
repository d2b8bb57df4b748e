#include "src/lib/windows/feed.h"

#include "hcs/base/macros.h"
#include "hcs/base/system.h"
#include "hcs/base/windows.h"

int feed_begin(struct feed *feed, void *to, const char *text, size_t length, struct error *err)
{
        OVERLAPPED *at = calloc(1, sizeof(*at));

        *feed = (struct feed){ .to = to, .at = at, .written = CreateEventW(NULL, TRUE, FALSE, NULL) };
        if (!at || !feed->written) {
                feed_done(feed);
                return error_memory(err);
        }
        at->hEvent = feed->written;
        if (!WriteFile(to, text, (DWORD)length, NULL, at) && GetLastError() != ERROR_IO_PENDING)
                (void)SetEvent(feed->written);          /* nobody reads: no failure of ours */
        return 0;
}

bool feed_look(struct feed *feed)
{
        if (feed->to && WaitForSingleObject(feed->written, 0) == WAIT_OBJECT_0)
                CloseHandle(take_ptr(feed->to));
        return !feed->to;
}

void feed_done(struct feed *feed)
{
        DWORD ignored;

        if (feed->to && feed->written && !feed_look(feed)) {
                /* What is under way reads our memory until it has ended. */
                if (CancelIoEx(feed->to, feed->at))
                        (void)GetOverlappedResult(feed->to, feed->at, &ignored, TRUE);
        }
        if (feed->to)
                CloseHandle(take_ptr(feed->to));
        if (feed->written)
                CloseHandle(take_ptr(feed->written));
        free(take_ptr(feed->at));
}
