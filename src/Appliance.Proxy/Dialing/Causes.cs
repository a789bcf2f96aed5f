using System.Net.Sockets;
using System.Security.Authentication;

namespace Appliance.Proxy.Dialing;

/// <summary>Finds what is inside an exception of HttpClient.</summary>
internal static class Causes
{
    /// <summary>It, and everything inside of it.</summary>
    public static IEnumerable<Exception> Of(Exception? exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            yield return inner;
            if (inner is not AggregateException several)
                continue;
            foreach (var cause in several.InnerExceptions.SelectMany(Of))
                yield return cause;
            yield break;
        }
    }

    /// <summary>
    /// True when a server or the way to it did this. A list of what servers can do: everything else is ours until it is known better.
    /// </summary>
    public static bool IsOfTheServer(Exception exception) =>
        Of(exception)
            .Any(cause =>
                cause switch
                {
                    IOException or SocketException or AuthenticationException => true,
                    HttpRequestException request => request.HttpRequestError is not HttpRequestError.Unknown,
                    _ => false,
                }
            );
}
