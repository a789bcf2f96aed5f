using System.ComponentModel;
using System.Diagnostics;

namespace Appliance.Web.Certificates.Acme;

/// <summary>One run of lego: its start, its words as they come, and its end, if need be by force.</summary>
internal sealed class LegoProcess(TimeProvider time, ILogger log)
{
    /// <summary>Runs it. Its exit code; -1 when it could not be started, or was ended because it took longer than the patience.</summary>
    public async Task<(int Exit, bool Late)> RunAsync(
        string file,
        List<string> arguments,
        RunFolders.RunFolder folder,
        IEnumerable<KeyValuePair<string, string>> environment,
        LegoLog lines,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        Process process;
        try
        {
            process = LegoProgram.Start(file, arguments, folder.Path, environment);
        }
        catch (Win32Exception exception)
        {
            lines.Add($"{file} cannot be started: {exception.Message}");
            return (-1, false);
        }

        using (process)
        {
            log.LegoStarted(process.Id);
            folder.Note(process.Id);
            using var limit = new CancellationTokenSource(patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            process.OutputDataReceived += Take;
            process.ErrorDataReceived += Take;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            try
            {
                await process.WaitForExitAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                cancellationToken.ThrowIfCancellationRequested();
                return (-1, true);
            }

            log.LegoEnded(process.Id, process.ExitCode);
            return (process.ExitCode, false);
        }

        void Take(object sender, DataReceivedEventArgs said)
        {
            if (said.Data is { } line)
                lines.Add(line);
        }
    }
}

internal static partial class LegoProcessLog
{
    [LoggerMessage(3700, LogLevel.Debug, "lego was started as process {Process}.")]
    public static partial void LegoStarted(this ILogger log, int process);

    [LoggerMessage(3701, LogLevel.Debug, "lego, process {Process}, ended with {ExitCode}.")]
    public static partial void LegoEnded(this ILogger log, int process, int exitCode);
}
