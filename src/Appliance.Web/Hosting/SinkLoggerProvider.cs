using Appliance.Data;
using Appliance.Proxy.Items;
using Appliance.Web.Logs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Appliance.Web.Hosting;

/// <summary>
/// The framework's formats of log lines over a <see cref="LogSink"/>; its own console makes callers wait for the reader of the output.
/// </summary>
[ProviderAlias("Console")]
internal sealed class SinkLoggerProvider : ILoggerProvider, ISupportExternalScope
{
    private readonly ConsoleFormatter _text;
    private readonly ConsoleFormatter _json;
    private readonly LogSink _sink;
    private readonly LogSwitch _log;
    private IExternalScopeProvider? _scopes;

    /// <summary>Lines in the format of the moment.</summary>
    public SinkLoggerProvider(ConsoleFormatter text, ConsoleFormatter json, LogSink sink, LogSwitch log)
    {
        (_text, _json, _sink, _log) = (text, json, sink, log);
        sink.Loss = count =>
            // a class has a name
            Format(LogLevel.Warning, typeof(LogSink).FullName!, default, LogSink.LossOf(count), null, static (said, _) => said);
    }

    // At debug also what any client can cause with every request, and the stack traces of stores that are away.
    private bool IsVerbose(string category) => _log.State.LevelOf(category) <= LogLevel.Debug;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <inheritdoc/>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <inheritdoc/>
    public void Dispose() { }

    private string Format<TState>(
        LogLevel level,
        string category,
        EventId id,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> text
    )
    {
        using var line = new StringWriter();

        // A full disk is no bug: its stack trace tells nobody anything, and comes again with every try.
        if (exception is not null && !IsVerbose(category) && StoreFaults.ExpectedCauseOf(exception) is { } cause)
        {
            var (said, full) = (text, exception);
            (text, exception) = ((what, _) => $"{said(what, full)} {cause}", null);
        }

        if (_log.State.IsJson)
            _json.Write(new LogEntry<TState>(level, category, id, state, exception, text), _scopes, line);
        else
            _text.Write(
                new LogEntry<string>(level, category, id, Plain(text(state, exception), exception), null, static (said, _) => said),
                _scopes,
                line
            );
        return line.ToString();
    }

    // Names, certificates and servers write parts of it: none may begin a line of its own, or be obeyed by the terminal that shows it.
    // Colours are the format's.
    private static string Plain(string said, Exception? exception)
    {
        said = VisibleText.Of(said);
        return exception is null
            ? said
            : $"{said}{(said.Length > 0 ? " " : "")}{VisibleText.Of(exception.ToString().ReplaceLineEndings(" "))}";
    }

    private sealed class Logger(SinkLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => provider._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (ClientNoise.Is(category, eventId) && !provider.IsVerbose(category))
                return;
            if (provider.Format(logLevel, category, eventId, state, exception, formatter) is { Length: > 0 } line)
                provider._sink.Write(line);
        }
    }
}
