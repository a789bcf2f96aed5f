using System.Text;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Items;
using Appliance.Web.Logs;
using Appliance.Web.Startup;

namespace Appliance.Web.Hosting;

/// <summary>The access log as the settings want it, and as it is changed while the process runs.</summary>
internal sealed class AccessLogs : IAccessLogSwitch, IDisposable
{
    private readonly LogSink _output;
    private readonly LogRotation _rotation;
    private readonly string _data;
    private readonly Lock _gate = new();

    private AccessLogs(LogSink output, ApplianceOptions options, ILoggerFactory logs)
    {
        (_output, _rotation, _data) = (output, options.AccessLogRotation, Path.GetFullPath(options.Data));
        Folder = options.AccessLogFile is { } given ? Path.GetDirectoryName(Path.GetFullPath(given)) ?? "/" : Path.Combine(_data, "logs");
        Now = Setting = new(PlaceOf(options), options.AccessLogFormat);
        var format = AccessLogFormat.Parse(options.AccessLogFormat, out var fault)
            ?? throw new StartException($"APPLIANCE_ACCESS_LOG_FORMAT cannot be read. {fault}");
        try
        {
            Log = new(
                format,
                SinksOf(options.AccessLogToOutput, options.AccessLogFile),
                TimeProvider.System,
                logs.CreateLogger<AccessLog>()
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"The access log {VisibleText.Of(options.AccessLogFile ?? "")} cannot be written "
                    + $"({VisibleText.Of(WhyOf(exception, options.AccessLogFile))}); let APPLIANCE_ACCESS_LOG "
                    + "name a file in a folder that this user may write to."
            );
        }
    }

    /// <summary>What writes the lines.</summary>
    public AccessLog Log { get; }

    /// <inheritdoc/>
    public AccessLogChoice Setting { get; }

    /// <inheritdoc/>
    public AccessLogChoice Now { get; private set; }

    /// <summary>Opens it. Throws <see cref="StartException"/> when its file cannot be written.</summary>
    public static AccessLogs Open(ApplianceOptions options, LogSink output, ILoggerFactory logs) => new(output, options, logs);

    /// <inheritdoc/>
    public string Folder { get; }

    /// <inheritdoc/>
    public (AccessLogField Field, string Sentence)? Change(AccessLogChoice choice, bool isLocal)
    {
        if (SettingText.AccessLog(choice.Place.Trim()) is not (true, var (toOutput, file)))
            return (AccessLogField.Place, "off, stdout, a path, or stdout and a path with a comma in between.");
        if (AccessLogFormat.Parse(choice.Format, out var fault) is not { } format)
            return (AccessLogField.Format, fault ?? "combined, json, or a template as in nginx's log_format.");
        lock (_gate)
        {
            try
            {
                if (file is not null)
                {
                    var (path, why) = PathOf(file, isLocal);
                    if (path is null)
                        return (AccessLogField.Place, why);
                    file = path;
                }

                // A file that is open already is opened once more: what waits goes to the first, and it is closed then.
                Log.Change(format, SinksOf(toOutput, file));
                Now = choice with { Place = PlaceOf(toOutput, file) };
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return (AccessLogField.Place, VisibleText.Of($"{file} cannot be written: {WhyOf(exception, file)}."));
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => Log.Dispose();

    // In words without the path, which stands before them.
    private static string WhyOf(Exception exception, string? file)
    {
        var path = Path.GetFullPath(file ?? "/");
        return Directory.Exists(path) ? "it is a folder"
            : !Directory.Exists(Path.GetDirectoryName(path)) ? "its folder is not there"
            : exception
                .Message.TrimEnd('.')
                .Replace($"{path}: ", "", StringComparison.Ordinal)
                .Replace($"{path} is", "it is", StringComparison.Ordinal)
                .Replace($" '{path}'", "", StringComparison.Ordinal);
    }

    // The full path, or why it may not be written to.
    private (string? Path, string Why) PathOf(string file, bool isLocal)
    {
        // That of the setting, and the one that is written now: a command may have chosen it, and only the format changes.
        if (IsFileOf(Setting, file) || IsFileOf(Now, file))
            return (file, "");
        if (!isLocal)
        {
            // A name alone. Nobody who may use the console shall write to another file of this user, or have it put aside.
            if (file.StartsWith(Folder + "/", StringComparison.Ordinal))
                file = file[(Folder.Length + 1)..];
            if (file != Path.GetFileName(file) || file.StartsWith('.') || !file.EndsWith(".log", StringComparison.Ordinal))
                return (
                    null,
                    "In the console: the path as it is, that of the setting, or a name that ends with .log. "
                        + $"It is written into {Folder}."
                );
            Directory.CreateDirectory(Folder);
            return (Path.Combine(Folder, file), "");
        }

        var path = Path.GetFullPath(file);
        var isOfData = path.StartsWith(_data + "/", StringComparison.Ordinal) && !path.StartsWith(Folder + "/", StringComparison.Ordinal);
        if (isOfData)
            return (null, $"In the data folder, lines go into {Path.Combine(_data, "logs")}: the rest is for Appliance's own files.");

        // A container has no other place to write to.
        if (Path.GetDirectoryName(path) == Folder && Folder == Path.Combine(_data, "logs"))
            Directory.CreateDirectory(Folder);
        return (path, "");
    }

    private static bool IsFileOf(AccessLogChoice choice, string file) =>
        file == choice.Place || choice.Place.EndsWith("," + file, StringComparison.Ordinal);

    private static string PlaceOf(ApplianceOptions options) => PlaceOf(options.AccessLogToOutput, options.AccessLogFile);

    private static string PlaceOf(bool toOutput, string? file) =>
        string.Join(',', new[] { toOutput ? "stdout" : null, file }.OfType<string>()) is { Length: > 0 } places ? places : "off";

    private List<IAccessLogSink> SinksOf(bool toOutput, string? file)
    {
        var sinks = new List<IAccessLogSink>();
        if (file is not null)
            sinks.Add(new LogFile(file, _rotation, TimeProvider.System));
        if (toOutput)
            sinks.Insert(0, new OutputLines(_output));
        return sinks;
    }

    /// <summary>Lines on their way to standard output, beside those of the log. What nobody reads is dropped there, and counted.</summary>
    private sealed class OutputLines(LogSink output) : IAccessLogSink
    {
        public long Dropped { get; private set; }

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
                var count = piece.Count((byte)'\n');
                if (!output.Write(Encoding.UTF8.GetString(piece), count, LogSink.MostCharacters / 2))
                    Dropped += count;
                batch = batch[length..];
            }
        }

        public void Reopen() { }

        public void Dispose() { }
    }
}
