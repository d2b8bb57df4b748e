<#
.SYNOPSIS
Tries hcs-sandbox.exe on a real Windows, and writes a report.

.DESCRIPTION
Makes bundles in a temporary directory, tries every verb for process and Hyper-V isolation and for a desktop (and what the parameters
below add), takes away what it made, and writes hcs-sandbox-smoke.json and hcs-sandbox-smoke.txt.  Run it elevated.  Exit status: how
many steps failed.

.PARAMETER Program
The program to be tried.

.PARAMETER BaseLayer
A base layer's folder, where Windows keeps none of its own (a server).

.PARAMETER Disk
A VHDX with a Windows, for a desktop that starts from a disk.

.PARAMETER LinuxLayer
A folder with a layer.vhd that holds a Linux (with /bin/sh), for a Linux container.  The files to boot it are expected where hcsshim
has them, in "C:\Program Files\Linux Containers".  Without it no Linux is tried.

.PARAMETER BaseFiles
A folder with the files of a Windows in Files, as DISM applies them out of a WIM: it is made a base layer (layer setup), stays one, and a
sandbox runs on it.

.PARAMETER CredentialSpec
A file with a gMSA credential specification, as New-CredentialSpec writes it, on a machine of that domain.

.PARAMETER Gpu
Tries the GPU as well.

.PARAMETER Attended
Somebody sits here: opens windows with a console in a sandbox, and asks what was seen.

.PARAMETER Report
Where the report goes, without its ending.
#>
param(
    [string]$Program = ".\hcs-sandbox.exe",
    [string]$BaseLayer = "",
    [string]$Disk = "",
    [string]$LinuxLayer = "",
    [string]$BaseFiles = "",
    [string]$CredentialSpec = "",
    [switch]$Gpu,
    [switch]$Attended,
    [string]$Report = ".\hcs-sandbox-smoke"
)

Set-StrictMode -Version 2
$ErrorActionPreference = "Stop"

$Program = (Resolve-Path $Program).Path
$user = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $user.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    Write-Host "This has to be run as administrator: the Host Compute Service listens to nobody else."
    exit 1
}
$place = Join-Path ([IO.Path]::GetTempPath()) ("hcs-sandbox-smoke-" + [guid]::NewGuid().ToString("N").Substring(0, 8))
$steps = New-Object System.Collections.ArrayList
New-Item -ItemType Directory $place | Out-Null

# --- running -------------------------------------------------------------------------------------------------------------------

# Words to one command line.  One with a blank is quoted; none here has a quote.
function Join-Words([string[]]$Words) {
    ($Words | ForEach-Object { if ($_ -match "\s") { '"' + $_ + '"' } else { $_ } }) -join " "
}

# Starts the program; its input is $Text and then ends.
function Start-Sandbox([string[]]$Words, [string]$Text = "") {
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = $Program
    $start.Arguments = Join-Words $Words
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $running = [Diagnostics.Process]::Start($start)
    $out = $running.StandardOutput.ReadToEndAsync()
    $err = $running.StandardError.ReadToEndAsync()
    if ($Text -ne "") { $running.StandardInput.Write($Text) }
    $running.StandardInput.Close()
    @{ Running = $running; Out = $out; Err = $err; Clock = $clock; Command = "hcs-sandbox " + $start.Arguments }
}

# Waits for its end: output, errors and exit code as values.  The streams that `create` was given are the sandbox's: they end with that.
function Wait-Sandbox($Started, [int]$Seconds = 120, [int]$Drain = 5000) {
    $ended = $Started.Running.WaitForExit($Seconds * 1000)
    if (-not $ended) { $Started.Running.Kill() }
    $all = [Threading.Tasks.Task]::WaitAll([Threading.Tasks.Task[]]@($Started.Out, $Started.Err), $Drain)
    @{
        Command = $Started.Command
        Status = $(if ($ended) { $Started.Running.ExitCode } else { "none after $Seconds s" })
        Output = $(if ($all) { $Started.Out.Result } else { "(the output goes on)" })
        Errors = $(if ($all) { $Started.Err.Result } else { "" })
        Milliseconds = $Started.Clock.ElapsedMilliseconds
    }
}

function Invoke-Sandbox([string[]]$Words, [string]$Text = "", [int]$Drain = 5000) {
    Wait-Sandbox (Start-Sandbox $Words $Text) -Drain $Drain
}

# --- telling -------------------------------------------------------------------------------------------------------------------

function Add-Step([string]$Name, $Result, [bool]$Good) {
    $Result.Name = $Name
    $Result.Good = $Good
    [void]$steps.Add($Result)
    Write-Host ("{0,-6} {1} ({2} ms)" -f $(if ($Good) { "ok" } else { "FAILED" }), $Name, $Result.Milliseconds)
    if (-not $Good) { Write-Host ("       " + $Result.Command + "`n       status " + $Result.Status + " " + $Result.Errors.Trim()) }
}

# One step: its exit code and, if given, what its output and its errors have to match.
function Step([string]$Name, [string[]]$Words, $Wanted = 0, [string]$Match = "", [string]$Says = "", [string]$Text = "", [int]$Drain = 5000) {
    $result = Invoke-Sandbox $Words $Text $Drain
    Add-Step $Name $result (($result.Status -eq $Wanted) -and ($result.Output -match $Match) -and ($result.Errors -match $Says))
}

# What is known without running anything: the condition, and what to look at when it does not hold.
function Check([string]$Name, [bool]$Good, [string]$Output = "") {
    Add-Step $Name @{ Command = "(looked at)"; Status = [int](-not $Good); Output = $Output; Errors = $Output; Milliseconds = 0 } $Good
}

# A part that goes wrong in a way that nobody thought of is one failed step, and not the end of all others.
function Part([string]$Name, [scriptblock]$Body) {
    try { & $Body } catch { Check "${Name}: it can be tried" $false ($_ | Out-String) }
}

# Somebody looks: the program in a window of its own, and a question.
function Ask([string]$Name, [string[]]$Words, [string]$Task, [string]$Question) {
    Write-Host "`n$Task"
    [void](Read-Host "Enter opens the window")
    $window = Start-Process -FilePath $Program -ArgumentList (Join-Words $Words) -Wait -PassThru
    $answer = Read-Host "$Question [y/n]"
    Check $Name ($answer -match "^[yY]") ("exit status " + $window.ExitCode + "; " + $answer)
}

function New-Bundle([string]$Name, [hashtable]$Config) {
    $directory = Join-Path $place $Name
    New-Item -ItemType Directory $directory | Out-Null
    $Config["ociVersion"] = "1.2.0"
    if (-not $Config.ContainsKey("annotations")) { $Config["annotations"] = @{} }
    $own = $Config.ContainsKey("linux") -or $Config["annotations"].ContainsKey("org.hcs-sandbox.desktop.disk")
    $own = $own -or $Config["annotations"].ContainsKey("org.hcs-sandbox.base-layer")
    if ($BaseLayer -and -not $own) { $Config["annotations"]["org.hcs-sandbox.base-layer"] = $BaseLayer }
    # .NET's own writer: Windows PowerShell's Set-Content would begin the file with a byte order mark.
    [IO.File]::WriteAllText((Join-Path $directory "config.json"), ($Config | ConvertTo-Json -Depth 10))
    $directory
}

# A bundle that runs one program beside the host's.
function New-Program([string]$Name, [string[]]$Words, [hashtable]$More = @{}) {
    New-Bundle $Name (@{ process = @{ args = $Words; cwd = "C:\" }; windows = @{} } + $More)
}

# --- the parts -----------------------------------------------------------------------------------------------------------------

function Test-Life([string]$Kind, [string]$Bundle, [string[]]$Shell) {
    $id = "smoke-$Kind"
    Step "${Kind}: document" @("document", "--bundle", $Bundle) 0 '"System"'
    Step "${Kind}: create" @("create", "--bundle", $Bundle, $id) -Drain 500
    Step "${Kind}: is created" @("state", $id) 0 '"status":\s*"created"'
    Step "${Kind}: start" @("start", $id)
    Step "${Kind}: is running" @("state", $id) 0 '"status":\s*"running"'
    if ($Shell) {
        Step "${Kind}: exec gives its exit code" (@("exec", $id) + $Shell + "exit 5") 5
        Step "${Kind}: exec gives its output" (@("exec", $id) + $Shell + "echo said") 0 "said"
        Step "${Kind}: ps" @("ps", $id)
    }
    if ($Shell -and $Shell[0] -eq "cmd.exe") {
        Step "${Kind}: exec takes input" @("exec", $id, "findstr.exe", "heard") 0 "heard" -Text "no`r`nheard`r`n"
        Step "${Kind}: a write inside" (@("exec", $id) + $Shell + "echo gone> C:\Windows\hcs-sandbox-smoke.txt")
        Check "${Kind}: the host has nothing of it" (-not (Test-Path "$env:SystemRoot\hcs-sandbox-smoke.txt"))
    }
    Step "${Kind}: pause" @("pause", $id)
    Step "${Kind}: is paused" @("state", $id) 0 '"status":\s*"paused"'
    Step "${Kind}: resume" @("resume", $id)
    Step "${Kind}: is listed" @("list") 0 $id
    Step "${Kind}: a running one is not deleted" @("delete", $id) 1 -Says "running"
    Step "${Kind}: kill" @("kill", $id, "KILL")
    Step "${Kind}: delete" @("delete", "--force", $id)
    Step "${Kind}: is gone" @("state", $id) 1 -Says "does not exist"
}

function Test-Programs {
    Step "run gives output and exit code" @("run", "--bundle", $speaks, "smoke-run") 7 "hello"
    Step "run takes input" @("run", "--bundle", (New-Program "reads" @("findstr.exe", "heard")), "smoke-run") 0 "heard" -Text "no`r`nheard`r`n"
    Step "an exit code beyond 255" @("run", "--bundle", (New-Program "big" @("cmd.exe", "/c", "exit 300")), "smoke-run") 300
    Step "a program that crashes" @("run", "--bundle", (New-Program "crashes" @("cmd.exe", "/c", "exit -1073741819")), "smoke-run") -1073741819
    Step "a program that is not there" @("run", "--bundle", (New-Program "none" @("none.exe")), "smoke-run") 1 -Says "none.exe|CreateProcess"
    Step "the monitor's log" @("--log", "$place\log", "--debug", "run", "--bundle", $speaks, "smoke-run") 7 "hello"
    $found = (Test-Path "$place\log") -and [bool](Select-String -Quiet -Pattern "call=CreateComputeSystem" -Path "$place\log")
    Check "the monitor's calls are in it" $found
}

# The pseudo-console of a container; on our side are pipes.
function Test-Terminals {
    $wide = @{ terminal = $true; consoleSize = @{ height = 40; width = 100 }; cwd = "C:\" }
    $size = New-Bundle "terminal-size" @{ process = $wide + @{ args = @("cmd.exe", "/c", "mode con& exit 9") }; windows = @{} }
    $typed = New-Bundle "terminal-typed" @{ process = $wide + @{ args = @("cmd.exe") }; windows = @{} }
    Step "terminal: has its size from the beginning, and sequences come" @("run", "--bundle", $size, "smoke-terminal") 9 "\x1b\[[\s\S]*100"
    Step "terminal: what is typed comes" @("run", "--bundle", $typed, "smoke-terminal") 6 "exit" -Text "exit 6`r"
}

function Test-BaseFiles {
    $files = (Resolve-Path $BaseFiles).Path
    Step "setup: makes a base layer" @("layer", "setup", "--again", $files) 0 "a base layer for containers"
    Step "setup: once" @("layer", "setup", $files) 1 -Says "base layer already"
    $on = New-Program "base-files" @("cmd.exe", "/c", "echo stands& exit 4") @{ annotations = @{ "org.hcs-sandbox.base-layer" = $files } }
    Step "setup: a sandbox runs on it" @("run", "--bundle", $on, "smoke-base") 4 "stands"
}

function Test-Many {
    1..5 | ForEach-Object { Step "one after the other, $_" @("run", "--bundle", $speaks, "smoke-run") 7 "hello" }
    $all = @(1..20 | ForEach-Object { Start-Sandbox @("run", "--bundle", $speaks, "smoke-many-$_") })
    foreach ($one in $all) {
        $result = Wait-Sandbox $one 600
        Add-Step "twenty at once: $($result.Command)" $result (($result.Status -eq 7) -and ($result.Output -match "hello"))
    }
}

function Test-Orphan {
    Step "orphan: create" @("create", "--bundle", $process, "smoke-orphan") -Drain 500
    Step "orphan: start" @("start", "smoke-orphan")
    $state = (Invoke-Sandbox @("state", "smoke-orphan")).Output | ConvertFrom-Json
    Stop-Process -Force -Id $state.pid
    Start-Sleep -Seconds 2
    Step "orphan: its monitor was killed, and it has stopped" @("state", "smoke-orphan") 0 '"status":\s*"stopped"'
    Step "orphan: it can be deleted" @("delete", "--force", "smoke-orphan")
    Step "orphan: is gone" @("state", "smoke-orphan") 1
}

# Each hook adds what it hears to a file in the bundle, which is its directory.
function New-Hook([string]$Line) {
    @{ path = "$env:SystemRoot\System32\cmd.exe"; args = @("cmd.exe", "/c", $Line); env = @("PATH=$env:SystemRoot\System32"); timeout = 60 }
}

function Test-Hooks {
    $tells = New-Hook "sort>>heard.txt"              # findstr waits for ever for the end of a line that has none
    $bundle = New-Program "hooked" @("cmd.exe", "/c", "if exist C:\inside.txt exit 4") @{
        hooks = @{
            prestart = @($tells); createRuntime = @($tells); poststart = @($tells); poststop = @($tells)
            startContainer = @(New-Hook "sort>C:\inside.txt")
        }
    }
    Step "hooks: run" @("run", "--bundle", $bundle, "smoke-hooks") 4
    $heard = $(if (Test-Path "$bundle\heard.txt") { [IO.File]::ReadAllText("$bundle\heard.txt") } else { "" })
    $words = @([regex]::Matches($heard, '"status":"(\w+)"') | ForEach-Object { $_.Groups[1].Value }) -join " "
    Check "hooks: each heard the state" ($words -eq "creating creating running stopped") $heard
    $fails = New-Program "fails" @("cmd.exe", "/c", "exit 0") @{ hooks = @{ createRuntime = @(New-Hook "exit 3") } }
    Step "hooks: one that fails" @("run", "--bundle", $fails, "smoke-hooks") 1 -Says "createRuntime hook 1, .*: exit status 3"
    $privileged = New-Program "privileged" @("cmd.exe") @{ annotations = @{ "microsoft.com/hostprocess-container" = "true" } }
    Step "HostProcess containers are refused" @("document", "--bundle", $privileged) 1 -Says "hostprocess-container"
}

# A server inside, at the port 80 that the host has as 18080; the host's own addresses lead there, 127.0.0.1 need not.
function Test-Network {
    $nat = New-Program "nat" @("cmd.exe", "/c", "ipconfig") @{ annotations = @{ "org.hcs-sandbox.network" = "nat" } }
    Step "network: an address behind the host's" @("run", "--bundle", $nat, "smoke-nat") 0 "IPv4"
    $server = '$l = [Net.Sockets.TcpListener]80; $l.Start(); $l.AcceptTcpClient().GetStream().Write([byte[]](104, 105), 0, 2)'
    $serves = New-Program "serves" @("powershell.exe", "-NoProfile", "-Command", $server) @{
        annotations = @{ "org.hcs-sandbox.network" = "nat"; "org.hcs-sandbox.ports" = "18080:80" }
    }
    $running = Start-Sandbox @("run", "--bundle", $serves, "smoke-nat")
    $got = ""
    foreach ($try in 1..30) {
        Start-Sleep -Seconds 1
        foreach ($address in @([Net.Dns]::GetHostAddresses("") | Where-Object { $_.AddressFamily -eq "InterNetwork" })) {
            $client = New-Object Net.Sockets.TcpClient
            $client.ReceiveTimeout = 2000
            try {
                if ($client.ConnectAsync($address, 18080).Wait(1000)) {
                    $got = (New-Object IO.StreamReader $client.GetStream()).ReadToEnd()
                }
            } catch { Write-Verbose "$address does not answer yet" }
            $client.Close()
        }
        if ($got -or $running.Running.HasExited) { break }
    }
    Check "network: a port of the host leads inside" ($got -eq "hi") "found: $got"
    [void](Invoke-Sandbox @("delete", "--force", "smoke-nat"))
}

function Test-Settings {
    $bound = @{ resources = @{ cpu = @{ affinity = @(@{ mask = 1; group = 0 }) } } }
    Step "processors" @("run", "--bundle", (New-Bundle "bound" @{ process = @{ args = @("cmd.exe", "/c", "echo hello"); cwd = "C:\" }
                                                                    windows = $bound }), "smoke-run") 0 "hello"
    $folder = New-Bundle "folder" @{
        process = @{ args = @("cmd.exe", "/c", "echo x> C:\made\x"); cwd = "C:\" }; windows = @{ hyperv = @{} }
        mounts = @(@{ source = "sandbox://a/b"; destination = "C:\made" })
    }
    Step "a folder of the machine" @("run", "--bundle", $folder, "smoke-run")
    [IO.File]::WriteAllText("$place\shared.txt", "shared")
    foreach ($windows in @(@{}, @{ hyperv = @{} })) {
        $kind = $(if ($windows.Count) { "hyperv" } else { "process" })
        $mounted = New-Bundle "mounted-$kind" @{
            process = @{ args = @("cmd.exe", "/c", "type C:\host\shared.txt"); cwd = "C:\" }; windows = $windows
            mounts = @(@{ source = $place; destination = "C:\host"; options = @("ro") })
        }
        Step "a folder of the host, $kind" @("run", "--bundle", $mounted, "smoke-run") 0 "shared"
    }
    if ($Gpu) {
        $gpus = New-Program "gpu" @("cmd.exe", "/c", "echo hello") @{ annotations = @{ "org.hcs-sandbox.gpu" = "true" } }
        Step "a GPU" @("run", "--bundle", $gpus, "smoke-run") 0 "hello"
    }
    if ($CredentialSpec) {
        $member = New-Bundle "member" @{
            process = @{ args = @("nltest.exe", "/query"); cwd = "C:\" }
            windows = @{ credentialSpec = [IO.File]::ReadAllText((Resolve-Path $CredentialSpec).Path) }
        }
        Step "a domain" @("run", "--bundle", $member, "smoke-run")
    }
}

# Two who live in the machine of a pod: one goes, the other stays, and the machine takes that along.
function Test-Pod {
    $kind = "io.kubernetes.cri.container-type"
    $of = "io.kubernetes.cri.sandbox-id"
    $pod = New-Bundle "pod" @{ process = $stays; windows = @{ hyperv = @{} }; annotations = @{ $kind = "sandbox"; $of = "smoke-pod" } }
    $member = New-Bundle "pod-member" @{
        process = $stays; windows = @{ hyperv = @{} }; annotations = @{ $kind = "container"; $of = "smoke-pod" }
        mounts = @(@{ source = "sandbox://shared"; destination = "C:\shared" })
    }
    Step "pod: its sandbox" @("create", "--bundle", $pod, "smoke-pod") -Drain 500
    Step "pod: is started" @("start", "smoke-pod")
    foreach ($one in @("smoke-pod-1", "smoke-pod-2")) {
        Step "pod: $one is created" @("create", "--bundle", $member, $one) -Drain 500
        Step "pod: $one is started" @("start", $one)
    }
    Step "pod: one writes" @("exec", "smoke-pod-1", "cmd.exe", "/c", "echo heard> C:\shared\x")
    Step "pod: the other reads it" @("exec", "smoke-pod-2", "cmd.exe", "/c", "type C:\shared\x") 0 "heard"
    Step "pod: one goes" @("delete", "--force", "smoke-pod-1")
    Step "pod: the other stays" @("exec", "smoke-pod-2", "cmd.exe", "/c", "exit 5") 5
    Step "pod: its place is taken again" @("create", "--bundle", $member, "smoke-pod-1") -Drain 500
    Step "pod: its sandbox goes" @("delete", "--force", "smoke-pod")
    Start-Sleep -Seconds 2
    foreach ($one in @("smoke-pod-1", "smoke-pod-2")) {
        Step "pod: $one went with the machine" @("state", $one) 0 '"status":\s*"stopped"'
        Step "pod: $one is deleted" @("delete", $one)
    }
}

# With the zip's files beside the program, and a compiler (MSYS2's, for one).
function Test-Library {
    $kit = Split-Path $Program
    if (-not (Get-Command gcc.exe -ErrorAction SilentlyContinue) -or -not (Test-Path "$kit\libhcs-sandbox.dll.a")) {
        Write-Host "(the library is not tried: no gcc.exe, or no zip around the program)"
        return
    }
    & gcc.exe "-I$kit" "$kit\examples\hello.c" "$kit\libhcs-sandbox.dll.a" -o "$place\hello.exe"
    Check "library: the example is compiled" ($LASTEXITCODE -eq 0)
    Copy-Item "$kit\hcs-sandbox.dll", "$kit\hcs-sandbox.exe" $place
    & "$place\hello.exe" $speaks
    Check "library: the example runs" ($LASTEXITCODE -eq 7) "exit status $LASTEXITCODE"
}

function Test-Consoles {
    $shell = New-Bundle "shell" @{ process = @{ args = @("cmd.exe"); cwd = "C:\"; terminal = $true }; windows = @{} }
    Ask "console: run" @("run", "--bundle", $shell, "smoke-console") "Type dir, make the window wider, type dir again; then exit." `
        "Were keys, colours, accents and the window's width as in any console?"
    Step "console: its sandbox is gone" @("state", "smoke-console") 1
    Step "console: create" @("create", "--bundle", $process, "smoke-console") -Drain 500
    Step "console: start" @("start", "smoke-console")
    Ask "console: exec -t" @("exec", "-t", "smoke-console", "cmd.exe") "Type ping -t 127.0.0.1, stop it with Ctrl-C; then exit." `
        "Did Ctrl-C end ping alone, and was there a prompt again?"
    Ask "console: Ctrl-C of exec" @("exec", "smoke-console", "ping.exe", "-t", "127.0.0.1") "Press Ctrl-C." "Did ping end, and the window with it?"
    Step "console: the sandbox was not hit" @("exec", "smoke-console", "cmd.exe", "/c", "exit 5") 5
    Step "console: delete" @("delete", "--force", "smoke-console")
    Ask "console: closed" @("run", "--bundle", $shell, "smoke-console") "Close the window by its X." "Did it go at once, or within a few seconds?"
    Start-Sleep -Seconds 5
    Step "console: who closes it ends the sandbox" @("state", "smoke-console") 1
}

try {
    Step "version" @("--version") 0 "hcs-sandbox"
    Step "doctor" @("doctor")
    Step "features" @("features") 0 "ociVersionMax"

    $stays = @{ args = @("ping.exe", "-t", "127.0.0.1"); cwd = "C:\" }
    $process = New-Bundle "process" @{ process = $stays; windows = @{} }
    $speaks = New-Program "speaks" @("cmd.exe", "/c", "echo hello& exit 7")
    $cmd = @("cmd.exe", "/c")

    Part "programs" { Test-Programs }
    Part "terminals" { Test-Terminals }
    if ($BaseFiles) { Part "base layer" { Test-BaseFiles } }
    Part "process" { Test-Life "process" $process $cmd }
    Part "pod" { Test-Pod }
    Part "hyperv" { Test-Life "hyperv" (New-Bundle "hyperv" @{ process = $stays; windows = @{ hyperv = @{} } }) $cmd }
    Part "desktop" {
        Test-Life "desktop" (New-Bundle "desktop" @{ process = $stays; windows = @{}; annotations = @{ "org.hcs-sandbox.desktop" = "true" } }) $cmd
    }
    if ($Disk) {
        Part "disk" {
            Test-Life "disk" (New-Bundle "disk" @{ windows = @{}; annotations = @{
                "org.hcs-sandbox.desktop" = "true"; "org.hcs-sandbox.desktop.disk" = (Resolve-Path $Disk).Path } }) @()
        }
    }
    if ($LinuxLayer) {
        Part "linux" {
            Test-Life "linux" (New-Bundle "linux" @{
                process = @{ args = @("/bin/sh", "-c", "sleep 1000"); cwd = "/"; env = @("PATH=/bin:/usr/bin") }; linux = @{}
                windows = @{ layerFolders = @((Resolve-Path $LinuxLayer).Path, (Join-Path $place "linux-scratch")) }
            }) @("/bin/sh", "-c")
        }
    }
    Part "orphan" { Test-Orphan }
    Part "hooks" { Test-Hooks }
    Part "network" { Test-Network }
    Part "settings" { Test-Settings }
    Part "library" { Test-Library }
    Part "many" { Test-Many }
    if ($Attended) { Part "consoles" { Test-Consoles } }
    Step "nothing is listed" @("list", "-q") 0 '^(?!(?s:.*smoke-))'
}
finally {
    $ids = @("run", "terminal", "base", "process", "pod-1", "pod-2", "pod", "hyperv", "desktop", "disk", "linux", "orphan", "hooks", "nat", "console") +
        @(1..20 | ForEach-Object { "many-$_" })
    foreach ($id in $ids) {
        [void](Invoke-Sandbox @("delete", "--force", "smoke-$id"))
    }

    $failed = @($steps | Where-Object { -not $_.Good }).Count
    $system = Get-CimInstance Win32_OperatingSystem -ErrorAction SilentlyContinue
    @{
        Windows = $(if ($system) { $system.Caption } else { "" }); Build = [Environment]::OSVersion.Version.ToString()
        Processors = [Environment]::ProcessorCount; When = (Get-Date).ToString("o"); Failed = $failed; Steps = @($steps)
    } | ConvertTo-Json -Depth 6 | Set-Content -Encoding UTF8 "$Report.json"
    @($steps | ForEach-Object {
        "{0,-6} {1}`r`n       {2}`r`n       status {3}, {4} ms`r`n{5}{6}" -f `
            $(if ($_.Good) { "ok" } else { "FAILED" }), $_.Name, $_.Command, $_.Status, $_.Milliseconds, $_.Output, $_.Errors
    }) | Set-Content -Encoding UTF8 "$Report.txt"
    Write-Host "$($steps.Count) steps, $failed failed; the report: $Report.json, $Report.txt"
    Remove-Item -Recurse -Force $place -ErrorAction SilentlyContinue        # a program may still hold a file of its bundle
}
exit $failed
