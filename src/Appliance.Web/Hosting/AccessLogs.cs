using System.Text;
using Appliance.Proxy.AccessLogs;
using Appliance.Web.Startup;

namespace Appliance.Web.Hosting;

/// <summary>Opens the access log as the settings want it.</summary>
internal static class AccessLogs
{
    /// <summary>Null: it is off. Throws <see cref="StartException"/> when its file cannot be written.</summary>
    public static AccessLog? Open(ApplianceOptions options, LogSink output, ILoggerFactory logs)
    {
        var sinks = new List<IAccessLogSink>();
        if (options.AccessLogToOutput)
            sinks.Add(new OutputLines(output));
        if (options.AccessLogFile is { } path)
            sinks.Add(OpenFile(path, options.AccessLogRotation));
        if (sinks.Count == 0)
            return null;
        var format = AccessLogFormat.Parse(options.AccessLogFormat, out var fault)
            ?? throw new StartException($"APPLIANCE_ACCESS_LOG_FORMAT cannot be read. {fault}");
        return new(format, sinks, TimeProvider.System, logs.CreateLogger<AccessLog>());
    }

    private static LogFile OpenFile(string path, LogRotation rotation)
    {
        try
        {
            return new(path, rotation, TimeProvider.System);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"The access log {path} cannot be written ({exception.Message.TrimEnd('.')}); let APPLIANCE_ACCESS_LOG name a file in a "
                    + "folder that this user may write to."
            );
        }
    }

    /// <summary>Lines on their way to standard output, beside those of the log. What nobody reads is dropped there, and counted.</summary>
    private sealed class OutputLines(LogSink output) : IAccessLogSink
    {
        // A batch may be larger than what may wait there.
        private const int MostBytes = 32 * 1024;

        public void Write(ReadOnlySpan<byte> batch, int lines)
        {
            while (!batch.IsEmpty)
            {
                var length = batch.Length <= MostBytes ? batch.Length : batch[..MostBytes].LastIndexOf((byte)'\n') + 1;
                if (length == 0)
                    length = batch.IndexOf((byte)'\n') + 1;
                var piece = batch[..length];

                // Warnings and errors have the other half.
                output.Write(Encoding.UTF8.GetString(piece), piece.Count((byte)'\n'), LogSink.MostCharacters / 2);
                batch = batch[length..];
            }
        }

        public void Reopen() { }

        public void Dispose() { }
    }
}
