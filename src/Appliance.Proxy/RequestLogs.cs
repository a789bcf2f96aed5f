using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Proxy;

/// <summary>
/// The log of the proxy. Unless its level lets lines about each request through, the HTTP server has no log for them: with one it makes a
/// scope and an activity for every request, whether a line is written or not.
/// </summary>
internal sealed class RequestLogs(ILoggerFactory inner) : ILoggerFactory
{
    private const string EachRequest = "Microsoft.AspNetCore.Hosting.Diagnostics";

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        var logger = inner.CreateLogger(categoryName);
        return categoryName == EachRequest && !logger.IsEnabled(LogLevel.Information) ? NullLogger.Instance : logger;
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The log belongs to its maker.</summary>
    public void Dispose() { }
}
