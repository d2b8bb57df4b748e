<#
.SYNOPSIS
Tries hcs-sandbox.exe on a real Windows, and writes a report.

.DESCRIPTION
Makes bundles in a temporary directory, tries every verb for process and Hyper-V isolation (and a desktop, with -Disk; Linux, with
-LinuxLayer), takes away what it made, and writes hcs-sandbox-smoke.json and hcs-sandbox-smoke.txt.  Run it elevated.  Exit status:
how many steps failed.

.PARAMETER Program
The program to be tried.

.PARAMETER BaseLayer
A base layer's folder, where Windows keeps none of its own (a server).

.PARAMETER Disk
A VHDX with a Windows, for the desktop.  Without it no desktop is tried.

.PARAMETER LinuxLayer
A folder with a layer.vhd that holds a Linux (with /bin/sh), for a Linux container.  The files to boot it are expected where hcsshim
has them, in "C:\Program Files\Linux Containers".  Without it no Linux is tried.

.PARAMETER Report
Where the report goes, without its ending.
#>
param(
    [string]$Program = ".\hcs-sandbox.exe",
    [string]$BaseLayer = "",
    [string]$Disk = "",
    [string]$LinuxLayer = "",
    [string]$Report = ".\hcs-sandbox-smoke"
)

Set-StrictMode -Version 2
$ErrorActionPreference = "Stop"

$Program = (Resolve-Path $Program).Path
$place = Join-Path ([IO.Path]::GetTempPath()) ("hcs-sandbox-smoke-" + [guid]::NewGuid().ToString("N").Substring(0, 8))
$steps = New-Object System.Collections.ArrayList
New-Item -ItemType Directory $place | Out-Null

# Runs the program; output, errors and exit code as values.  An argument with a blank is quoted; none here has a quote.
function Invoke-Sandbox([string[]]$Words, [int]$Seconds = 120) {
    $quoted = $Words | ForEach-Object { if ($_ -match "\s") { '"' + $_ + '"' } else { $_ } }
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = $Program
    $start.Arguments = $quoted -join " "
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $out = $process.StandardOutput.ReadToEndAsync()
    $err = $process.StandardError.ReadToEndAsync()
    $ended = $process.WaitForExit($Seconds * 1000)
    if (-not $ended) { $process.Kill() }
    # A monitor that goes on must not hold the streams; when it does, that shows as an output that does not end.
    $all = [Threading.Tasks.Task]::WaitAll(@($out, $err), 5000)
    @{
        Command = "hcs-sandbox " + $start.Arguments
        Status = $(if ($ended) { $process.ExitCode } else { "none after $Seconds s" })
        Output = $(if ($all) { $out.Result } else { "(the output does not end)" })
        Errors = $(if ($all) { $err.Result } else { "" })
        Milliseconds = $clock.ElapsedMilliseconds
    }
}

# One step: its exit code and, if given, what its output has to match.
function Step([string]$Name, [string[]]$Words, $Wanted = 0, [string]$Match = "") {
    $result = Invoke-Sandbox $Words
    $good = ($result.Status -eq $Wanted) -and (($Match -eq "") -or ($result.Output -match $Match))
    $result.Name = $Name
    $result.Good = $good
    [void]$steps.Add($result)
    Write-Host ("{0,-6} {1} ({2} ms)" -f $(if ($good) { "ok" } else { "FAILED" }), $Name, $result.Milliseconds)
    if (-not $good) { Write-Host ("       " + $result.Command + "`n       status " + $result.Status + " " + $result.Errors.Trim()) }
}

function New-Bundle([string]$Name, [hashtable]$Config) {
    $directory = Join-Path $place $Name
    New-Item -ItemType Directory $directory | Out-Null
    $Config.ociVersion = "1.2.0"
    $Config.annotations = @{} + $(if ($Config.ContainsKey("annotations")) { $Config.annotations } else { @{} })
    if ($BaseLayer -and -not $Config.ContainsKey("linux")) { $Config.annotations["org.hcs-sandbox.base-layer"] = $BaseLayer }
    # .NET's own writer: Windows PowerShell's Set-Content would begin the file with a byte order mark.
    [IO.File]::WriteAllText((Join-Path $directory "config.json"), ($Config | ConvertTo-Json -Depth 8))
    $directory
}

# What is known without running anything: the condition, and what to look at when it does not hold.
function Check([string]$Name, [bool]$Good, [string]$Output = "") {
    [void]$steps.Add(@{ Name = $Name; Good = $Good; Command = "(looked at)"; Status = [int](-not $Good); Output = $Output; Errors = ""
                        Milliseconds = 0 })
    Write-Host ("{0,-6} {1}" -f $(if ($Good) { "ok" } else { "FAILED" }), $Name)
}

function Test-Life([string]$Kind, [string]$Bundle, [bool]$HasExec) {
    $id = "smoke-$Kind"
    Step "${Kind}: document" @("document", "--bundle", $Bundle) 0 '"System"'
    Step "${Kind}: create" @("create", "--bundle", $Bundle, $id)
    Step "${Kind}: is created" @("state", $id) 0 '"status":\s*"created"'
    Step "${Kind}: start" @("start", $id)
    Step "${Kind}: is running" @("state", $id) 0 '"status":\s*"running"'
    if ($HasExec) {
        Step "${Kind}: exec gives its exit code" @("exec", $id, "cmd.exe", "/c", "exit 5") 5
        Step "${Kind}: exec gives its output" @("exec", $id, "cmd.exe", "/c", "echo said") 0 "said"
        Step "${Kind}: a write inside" @("exec", $id, "cmd.exe", "/c", "echo gone> C:\Windows\hcs-sandbox-smoke.txt") 0
        Check "${Kind}: the host has nothing of it" (-not (Test-Path "$env:SystemRoot\hcs-sandbox-smoke.txt"))
        Step "${Kind}: ps" @("ps", $id)
    }
    Step "${Kind}: pause" @("pause", $id)
    Step "${Kind}: is paused" @("state", $id) 0 '"status":\s*"paused"'
    Step "${Kind}: resume" @("resume", $id)
    Step "${Kind}: is listed" @("list") 0 $id
    Step "${Kind}: kill" @("kill", $id, "KILL")
    Step "${Kind}: delete" @("delete", "--force", $id)
    Step "${Kind}: is gone" @("state", $id) 1
}

try {
    Step "version" @("--version") 0 "hcs-sandbox"
    Step "doctor" @("doctor")
    Step "features" @("features") 0 "ociVersionMax"

    $stays = @{ args = @("ping.exe", "-t", "127.0.0.1"); cwd = "C:\" }
    $process = New-Bundle "process" @{ process = $stays; windows = @{} }
    $hyperv = New-Bundle "hyperv" @{ process = $stays; windows = @{ hyperv = @{} } }
    $speaks = New-Bundle "speaks" @{ process = @{ args = @("cmd.exe", "/c", "echo hello& exit 7"); cwd = "C:\" }; windows = @{} }
    $nat = New-Bundle "nat" @{
        process = @{ args = @("cmd.exe", "/c", "ipconfig"); cwd = "C:\" }; windows = @{}
        annotations = @{ "org.hcs-sandbox.network" = "nat" }
    }

    $crashes = New-Bundle "crashes" @{ process = @{ args = @("cmd.exe", "/c", "exit -1073741819"); cwd = "C:\" }; windows = @{} }
    $bound = New-Bundle "bound" @{
        process = @{ args = @("cmd.exe", "/c", "echo hello"); cwd = "C:\" }
        windows = @{ resources = @{ cpu = @{ affinity = @(@{ mask = 1; group = 0 }) } } }
    }
    $folder = New-Bundle "folder" @{
        process = @{ args = @("cmd.exe", "/c", "echo x> C:\made\x"); cwd = "C:\" }; windows = @{ hyperv = @{} }
        mounts = @(@{ source = "sandbox://a/b"; destination = "C:\made" })
    }

    Step "run gives output and exit code" @("run", "--bundle", $speaks, "smoke-run") 7 "hello"
    Test-Life "process" $process $true
    Test-Life "hyperv" $hyperv $true
    if ($Disk) {
        $desktop = New-Bundle "desktop" @{
            windows = @{}
            annotations = @{ "org.hcs-sandbox.desktop" = "true"; "org.hcs-sandbox.desktop.disk" = (Resolve-Path $Disk).Path }
        }
        Test-Life "desktop" $desktop $false
    }
    Step "a network behind the host's" @("run", "--bundle", $nat, "smoke-nat") 0 "IPv4"
    Step "a program that crashes" @("run", "--bundle", $crashes, "smoke-crash") -1073741819
    Step "processors" @("run", "--bundle", $bound, "smoke-bound") 0 "hello"
    Step "a folder of the machine" @("run", "--bundle", $folder, "smoke-folder") 0
    Step "the monitor's log" @("--log", "$place\log", "--debug", "run", "--bundle", $speaks, "smoke-log") 7 "hello"
    Check "the monitor's calls are in it" ((Test-Path "$place\log") -and [bool](Select-String -Quiet "call=CreateComputeSystem" "$place\log"))
    if ($LinuxLayer) {
        $linux = New-Bundle "linux" @{
            process = @{ args = @("/bin/sh", "-c", "echo hello; exit 7"); cwd = "/"; env = @("PATH=/bin:/usr/bin") }; linux = @{}
            windows = @{ layerFolders = @((Resolve-Path $LinuxLayer).Path, (Join-Path $place "linux-scratch")) }
        }
        Step "Linux" @("run", "--bundle", $linux, "smoke-linux") 7 "hello"
    }
    1..5 | ForEach-Object { Step "one after the other, $_" @("run", "--bundle", $speaks, "smoke-$_") 7 "hello" }
    Step "nothing is listed" @("list", "-q") 0
}
finally {
    foreach ($id in @("run", "process", "hyperv", "desktop", "nat", "crash", "bound", "folder", "log", "linux", "1", "2", "3", "4", "5")) {
        [void](Invoke-Sandbox @("delete", "--force", "smoke-$id"))
    }
    Remove-Item -Recurse -Force $place

    $failed = @($steps | Where-Object { -not $_.Good }).Count
    $system = Get-CimInstance Win32_OperatingSystem
    @{
        Windows = $system.Caption; Build = $system.Version; Processors = [Environment]::ProcessorCount
        When = (Get-Date).ToString("o"); Failed = $failed; Steps = @($steps)
    } | ConvertTo-Json -Depth 6 | Set-Content -Encoding UTF8 "$Report.json"
    @($steps | ForEach-Object {
        "{0,-6} {1}`r`n       {2}`r`n       status {3}, {4} ms`r`n{5}{6}" -f `
            $(if ($_.Good) { "ok" } else { "FAILED" }), $_.Name, $_.Command, $_.Status, $_.Milliseconds, $_.Output, $_.Errors
    }) | Set-Content -Encoding UTF8 "$Report.txt"
    Write-Host "$($steps.Count) steps, $failed failed; the report: $Report.json, $Report.txt"
}
exit $failed
