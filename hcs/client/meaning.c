/* What the service's codes mean, and what to do about them, in our own words (hcs-api.md, section 8). */
#include "hcs/client/operation.h"

static const struct { HRESULT code; const char *words; } table[] = {
        { HCS_E_TERMINATED_DURING_START, "it ended while it was starting" },
        { ERROR_CODE(0x80370101), "the image is made for another build of Windows; use Hyper-V isolation" },
        { ERROR_CODE(0x80370102), "virtual machines are not available; enable the feature VirtualMachinePlatform and "
                                  "virtualisation in the firmware" },
        { HCS_E_INVALID_STATE, "not possible in the state that it is in" },
        { HCS_E_UNEXPECTED_EXIT, "it ended unexpectedly" },
        { ERROR_CODE(0x80370107), "it was terminated" },
        { ERROR_CODE(0x80370108), "the guest can't be reached" },
        { ERROR_CODE(0x80370109), "the guest does not answer" },
        { ERROR_CODE(0x8037010A), "the guest has dropped the connection" },
        { ERROR_CODE(0x8037010B), "the guest does not know this request; its image is too old" },
        { ERROR_CODE(0x8037010C), "the guest speaks another protocol version" },
        { HCS_E_INVALID_JSON, "the document was not accepted; this Windows may be too old for it" },
        { HCS_E_SYSTEM_NOT_FOUND, "there is no such system" },
        { HCS_E_SYSTEM_ALREADY_EXISTS, "a system of this id exists already" },
        { HCS_E_SYSTEM_ALREADY_STOPPED, "it has stopped already" },
        { ERROR_CODE(0x80370111), "host and guest did not understand each other; try again" },
        { ERROR_CODE(0x80370112), "a layer is not in a form that this Windows knows" },
        { ERROR_CODE(0x80370113), "the image needs an Insider build of Windows" },
        { HCS_E_SERVICE_NOT_AVAILABLE, "the Host Compute Service is not available; enable the feature "
                                       "VirtualMachinePlatform" },
        { HCS_E_OPERATION_TIMEOUT, "no answer in time" },
        { ERROR_CODE(0x80370119), "somebody listens to this handle already" },
        { ERROR_CODE(0x8037011A), "out of memory" },
        { HCS_E_ACCESS_DENIED, "access denied; run elevated, or as a member of Hyper-V Administrators" },
        { ERROR_CODE(0x8037011C), "the guest has crashed" },
        { HCS_E_PROCESS_INFO_NOT_AVAILABLE, "the process can't be asked any more" },
        { ERROR_CODE(0x8037011E), "the Host Compute Service was restarted; try again" },
        { HCS_E_PROCESS_ALREADY_STOPPED, "the process has exited already" },

        { E_FILE_NOT_FOUND, "a file was not found" },
        { ERROR_CODE(0x80070003), "a path was not found" },
        { E_ACCESS, "access denied" },
        { E_INVALID_DATA, "the document was not accepted" },
        { E_NO_MEMORY, "out of memory" },
        { ERROR_CODE(0x80070020), "a file is in use" },
        { E_NOT_SUPPORTED, "not supported here" },
        { E_INVALID_PARAMETER, "an argument was not accepted" },
        { E_DISK_FULL, "the disk is full" },
        { ERROR_CODE(0x8007007B), "a path is not well formed" },
        { E_BUSY, "something is in use" },
        { E_ALREADY_EXISTS, "it exists already" },
        { E_NOT_FOUND, "there is no such thing" },
        { E_TIMED_OUT, "it took too long" },
        { ERROR_CODE(0x80071126), "a directory was given where a volume is needed" },
        { ERROR_CODE(0x80072746), "the connection was reset" },
};

const char *hcs_meaning(HRESULT code)
{
        for (size_t i = 0; i < ARRAY_LENGTH(table); i++)
                if (table[i].code == code)
                        return table[i].words;
        return NULL;
}
