using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Proxy;

/// <summary>
/// The log of the proxy without the HTTP server's lines about each request: they have its query, and what clients send there is theirs.
/// With a log for them the server also makes a scope and an activity for every request, whether a line is written or not.
/// </summary>
internal sealed class RequestLogs(ILoggerFactory inner) : ILoggerFactory
{
    private const string EachRequest = "Microsoft.AspNetCore.Hosting.Diagnostics";

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        categoryName == EachRequest ? NullLogger.Instance : inner.CreateLogger(categoryName);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The log belongs to its maker.</summary>
    public void Dispose() { }
}
