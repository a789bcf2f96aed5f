using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The head of a server's answer on its way to the client: what is copied, and how. Whatever a server may write, it can be written on: the
/// server under us throws for control bytes in values and for lengths of answers that have no body, and an answer that came whole must fail
/// nobody.
/// </summary>
internal static class AnswerHead
{
    // Names that announce what HttpClient and the server under us do themselves, or what would lead around this proxy.
    private const string AltSvc = "Alt-Svc";

    /// <summary>Why the answer cannot be handed on, as a sentence; null when it can.</summary>
    public static string? Fault(HttpResponseMessage answer)
    {
        switch ((int)answer.StatusCode)
        {
            // It would become a tunnel that nobody checked.
            case StatusCodes.Status101SwitchingProtocols:
                return "The server switched protocols without being asked.";
            case < 200:
                return "The server's status cannot be read.";
        }

        // HttpClient would hand the coded bytes through as if they were the body.
        if (
            answer.Headers.NonValidated.TryGetValues("Transfer-Encoding", out var coding)
            && !coding.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase)
        )
            return "The server used a transfer coding that cannot be forwarded.";

        // HttpClient would take everything until the connection closes for the body.
        var lengths = answer.Content.Headers.NonValidated.TryGetValues("Content-Length", out var values) ? values : default;
        return
            lengths.Count > 1
            || (lengths.Count == 1 && !long.TryParse(lengths.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? "The server's Content-Length cannot be read."
            : null;
    }

    /// <summary>Copies reason and headers. The status has been copied already.</summary>
    public static void Copy(HttpResponseMessage answer, HttpContext context)
    {
        var response = context.Response;
        var nominated = answer.Headers.NonValidated.TryGetValues("Connection", out var connection)
            ? HopByHop.Nominated(connection.ToArray())
            : null;
        var isHttp2 = !HttpProtocol.IsHttp11(context.Request.Protocol) && !HttpProtocol.IsHttp10(context.Request.Protocol);

        // The server under us writes a reason in ASCII, with a question mark for every other byte. Then the standard one says more, and
        // none is needed.
        if (!isHttp2 && answer.ReasonPhrase is { } reason && context.Features.Get<IHttpResponseFeature>() is { } feature)
            feature.ReasonPhrase = Ascii.IsValid(reason) ? HeaderText.OneLine(reason) : null;

        Copy(answer.Headers, response.Headers, nominated);
        Copy(answer.Content.Headers, response.Headers, nominated);

        // Trailers go on over HTTP/2 alone.
        if (isHttp2 && answer.Headers.NonValidated.TryGetValues("Trailer", out var trailer))
            response.Headers.Trailer = Lines(trailer);

        // A length beside a coding, or of a body that an answer of this kind does not have (RFC 9110, 8.6 and 15.3.6; RFC 9112, 6.3).
        if (
            (int)answer.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent
            || answer.Headers.NonValidated.Contains("Transfer-Encoding")
        )
            response.Headers.Remove("Content-Length");

        // A 426 without Upgrade says nothing (RFC 9110, 15.5.22).
        if (
            !isHttp2
            && (int)answer.StatusCode == StatusCodes.Status426UpgradeRequired
            && answer.Headers.NonValidated.TryGetValues("Upgrade", out var upgrade)
        )
        {
            response.Headers.Upgrade = HeaderText.OneLine(upgrade.ToString());
            response.Headers.Connection = "Upgrade";
        }
    }

    /// <summary>Copies the fields behind a body.</summary>
    public static void CopyTrailers(HttpResponseMessage answer, IHeaderDictionary trailers)
    {
        foreach (var (name, values) in answer.TrailingHeaders.NonValidated)
        {
            if (!HopByHop.Is(name) && !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                trailers[name] = Lines(values);
        }
    }

    private static void Copy(HttpHeaders source, IHeaderDictionary headers, HashSet<string>? nominated)
    {
        foreach (var (name, values) in source.NonValidated)
        {
            if (HopByHop.Is(name) || name.Equals(AltSvc, StringComparison.OrdinalIgnoreCase) || nominated?.Contains(name) == true)
                continue;

            // What the proxy has said before the server was asked stays; of Strict-Transport-Security there is one (RFC 6797, 7.1).
            var before = headers[name];
            if (before.Count == 0)
                headers[name] = Lines(values);
            else if (!name.Equals("Strict-Transport-Security", StringComparison.OrdinalIgnoreCase))
                headers[name] = StringValues.Concat(before, Lines(values));
        }
    }

    private static StringValues Lines(in HeaderStringValues values)
    {
        if (values.Count == 1)
            return HeaderText.OneLine(values.ToString());
        var lines = new string[values.Count];
        var at = 0;
        foreach (var value in values)
            lines[at++] = HeaderText.OneLine(value);
        return lines;
    }
}
