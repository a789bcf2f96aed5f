using System.Net.Http.Headers;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Proxy.Http1;

/// <summary>
/// How many bytes a head of HttpClient's takes as HTTP/1.1 writes it. Over HTTP/2 it is shorter, and HttpClient does not say how much.
/// </summary>
internal static class HeadSize
{
    // "HTTP/1.1", and two line ends: behind the first line and behind the last one.
    private const int Version = 8;
    private const int LineEnd = 2;

    /// <summary>The head of a request.</summary>
    public static long Of(HttpRequestMessage request) =>
        request.Method.Method.Length
        + 1
        + (request.RequestUri?.PathAndQuery.Length ?? 0)
        + 1
        + Version
        + LineEnd
        + Of(request.Headers)
        + (request.Content is { } content ? Of(content.Headers) : 0)
        + LineEnd;

    /// <summary>The head of an answer.</summary>
    public static long Of(HttpResponseMessage answer) =>
        Version
        + 1
        + 3
        + 1
        + (answer.ReasonPhrase ?? ReasonPhrases.GetReasonPhrase((int)answer.StatusCode)).Length
        + LineEnd
        + Of(answer.Headers)
        + Of(answer.Content.Headers)
        + LineEnd;

    private static long Of(HttpHeaders headers)
    {
        long bytes = 0;
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
                bytes += name.Length + 2 + value.Length + LineEnd;
        }

        return bytes;
    }
}
