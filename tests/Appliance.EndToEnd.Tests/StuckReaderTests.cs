using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>A command that shows more as it comes, into a pipe that nobody reads any more: a pager that was stopped.</summary>
public sealed class StuckReaderTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM", "--json")]
    public async Task Follow_NobodyReads_EndsOnASignal(string signal, params string[] options)
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await using var reader = new ApplianceProcess();
        reader.Settings["APPLIANCE_DATA"] = product.Data;
        var follow = reader.StartUnread(["requests", "--follow", "--limit", "1", .. options]);
        var first = Task.Run(follow.StandardOutput.ReadLine);

        // 1. It follows.
        await Eventually.TrueAsync(
            async () =>
            {
                await RawHttp.GetAsync(product.HttpPort, "/nobody");
                return first.IsCompleted;
            },
            "the first line comes"
        );

        // 2. More than a pipe takes, and nobody reads.
        var padding = new string('x', 200);
        using var client = new HttpClient();
        for (var request = 0; request < 1000; request++)
            (await client.GetAsync(new Uri($"http://127.0.0.1:{product.HttpPort}/{padding}/{request}"))).Dispose();
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    File.ReadAllText($"/proc/{follow.Id}/wchan").Contains("pipe", StringComparison.Ordinal) || IsStuck(follow.Id)
                ),
            "its pipe is full"
        );
        await reader.SignalAsync(signal);
        await follow.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        follow.ExitCode.ShouldBe(0);
    }

    // One of its threads waits for room in a pipe.
    private static bool IsStuck(int process) =>
        Directory
            .EnumerateDirectories($"/proc/{process}/task")
            .Any(thread =>
            {
                try
                {
                    return File.ReadAllText(Path.Combine(thread, "wchan")).Contains("pipe_write", StringComparison.Ordinal)
                        || File.ReadAllText(Path.Combine(thread, "syscall")).StartsWith("1 0x1 ", StringComparison.Ordinal);
                }
                catch (IOException)
                {
                    return false; // it has ended
                }
            });
}
