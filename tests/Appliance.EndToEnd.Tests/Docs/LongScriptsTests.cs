using System.Diagnostics;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Docs;

/// <summary>What the pages tell people to do with a clean source tree: each builds the product anew.</summary>
[Trait("Kind", "Long")]
public sealed class LongScriptsTests
{
    [Fact]
    public async Task Readme_FirstCommand_StartsEverything()
    {
        await using var product = await CleanTreeAsync();
        using var shell = new DocShell(product);
        var command = PrintedScriptsTests.Block("dotnet run --project").Lines[0];
        var run = shell.RunAsync($"{{ {command}\n}} & echo $! > pid; wait $!");
        await AnswersAsync(product, run);

        // Whoever stops it is heard by the product, not only by what started it.
        (await shell.RunAsync("kill -TERM $(pgrep -f \"^$PWD/src/Appliance.Web/bin/\")")).ShouldBe((0, ""));
        var (code, output) = await run.WaitAsync(TimeSpan.FromSeconds(60));
        code.ShouldBe(0, output);
        output.Contains("/setup?token=").ShouldBeTrue(output);
        Directory.Exists(product.Data).ShouldBeTrue("./data is in the folder where the command was typed");
    }

    [Fact]
    public async Task Systemd_Installed_Serves()
    {
        await using var product = await CleanTreeAsync();
        var root = Directory.CreateDirectory(Path.Combine(product.Folder, "root")).FullName;
        foreach (var folder in new[] { "opt", "etc/systemd/system", "var/lib/appliance" })
            Directory.CreateDirectory(Path.Combine(root, folder));
        using var shell = new DocShell(product);
        // The service manager's part: settings of the unit, its file of settings, its command.
        shell.Program(
            "systemctl",
            $"""
            [ "$1" = enable ] || exit 0
            unit={root}/etc/systemd/system/appliance.service
            sed -i 's#\(=\|[ =]\)/\(opt\|etc\|var\)/#\1{root}/\2/#g' $unit
            ports="APPLIANCE_HTTP_PORT=$APPLIANCE_HTTP_PORT APPLIANCE_CONSOLE_PORT=$APPLIANCE_CONSOLE_PORT APPLIANCE_HTTPS_PORT=off APPLIANCE_BIND=127.0.0.1"
            cd {root}/var/lib/appliance
            setsid env $(sed -n 's/^Environment=//p' $unit) $(grep -v '^#' {root}/etc/appliance/appliance.env | grep '=.') $ports \
              $(sed -n 's/^ExecStart=//p' $unit) > {root}/log 2>&1 < /dev/null & echo $! > {root}/pid
            """
        );
        shell.Program("journalctl", $"for i in $(seq 600); do grep -q setup {root}/log && break; sleep 0.1; done; cat {root}/log");
        var script = PrintedScriptsTests.Block("dotnet publish").Text.Replace("/opt/", root + "/opt/").Replace("/etc/", root + "/etc/");
        var (code, output) = await shell.RunAsync("set -euo pipefail\n" + script);
        try
        {
            code.ShouldBe(0, output);
            output.Contains("/setup?token=").ShouldBeTrue(output);
            await AnswersAsync(product, Task.FromResult((0, output)));
        }
        finally
        {
            await shell.RunAsync($"kill -TERM $(cat {root}/pid); while kill -0 $(cat {root}/pid); do sleep 0.1; done");
        }
    }

    // The tree as somebody has it who just cloned it: what is under version control, with what is not committed yet.
    private static async Task<ApplianceProcess> CleanTreeAsync()
    {
        var product = new ApplianceProcess();
        using var copy = Process.Start(
            "/bin/bash",
            ["-c", $"cd '{Repository.Root}' && git ls-files -z | xargs -0 cp --parents -t '{product.Folder}'"]
        );
        await copy.WaitForExitAsync();
        copy.ExitCode.ShouldBe(0);
        return product;
    }

    private static async Task AnswersAsync(ApplianceProcess product, Task<(int, string Output)> run)
    {
        using var client = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                if (run.IsFaulted)
                    await run;
                try
                {
                    return (await client.GetAsync($"http://127.0.0.1:{product.ConsolePort}/readyz")).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "it is ready",
            TimeSpan.FromMinutes(5)
        );
    }
}
