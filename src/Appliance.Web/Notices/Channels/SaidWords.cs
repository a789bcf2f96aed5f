using System.Net.Sockets;
using System.Text.Json;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Items;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Appliance.Web.Notices.Channels;

/// <summary>What another side said or did, as one sentence without secrets.</summary>
internal static class SaidWords
{
    private const int Longest = 200;
    private static readonly string[] _members = ["error", "message", "detail", "title"];

    /// <summary>Why a connection came to nothing.</summary>
    public static SendResult Of(Exception exception, SecretMask mask)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SmtpCommandException refused:
                    return new(false, $"The mail server answered {(int)refused.StatusCode}: {Short(refused.Message, mask)}.")
                    {
                        IsFinal = (int)refused.StatusCode >= 500,
                    };
                case MailKit.Security.AuthenticationException:
                    return new(false, $"The mail server did not take user and password: {Short(cause.Message, mask)}.")
                    {
                        // A 4xx is about the server, not about the password.
                        IsFinal = cause.InnerException is not SmtpCommandException { StatusCode: < (SmtpStatusCode)500 },
                    };
                case DeniedDestinationException:
                    return new(false, cause.Message) { IsFinal = true };
                case SslHandshakeException or System.Security.Authentication.AuthenticationException:
                    return new(false, $"TLS failed: {Short(Deepest(cause).Message, mask)}.");
                case SocketException socket:
                    return new(false, Of(socket, mask));
                case ParseException:
                    return new(false, $"An address of the mail cannot be used: {Short(cause.Message, mask)}.") { IsFinal = true };
                case NotSupportedException:
                    return new(false, $"The mail server cannot do what is asked for: {Short(cause.Message, mask)}.") { IsFinal = true };
                case HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return new(false, "The server closed the connection without an answer.");
            }
        }

        return new(false, $"{Short(Deepest(exception).Message, mask)}.");
    }

    /// <summary>The answer of a server that did not take it, with what its body says.</summary>
    public static string OfAnswer(int status, string body, SecretMask mask) =>
        Said(body) is { Length: > 0 } said ? $"The server answered {status}: {Short(said, mask)}." : $"The server answered {status}.";

    /// <summary>Text on one line, without secrets, not too long, and without the full stop that the sentence has.</summary>
    public static string Short(string text, SecretMask mask)
    {
        var words = mask.Of(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var line = mask.Of(VisibleText.Of(string.Join(' ', words))).TrimEnd('.');
        return line.Length <= Longest ? line : line[..Longest] + "\u2026";
    }

    private static string Of(SocketException socket, SecretMask mask) =>
        socket.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "The connection was refused: nothing listens there.",
            SocketError.HostNotFound or SocketError.NoData => "The name has no address.",
            SocketError.TryAgain => "The name could not be looked up: no name server answered.",
            SocketError.ConnectionReset => "The server cut the connection.",
            SocketError.TimedOut => "No connection was made: nothing answered at that address.",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => "There is no way to that address.",
            _ => Short(socket.Message, mask) + ".",
        };

    private static Exception Deepest(Exception exception) => exception.InnerException is { } inner ? Deepest(inner) : exception;

    private static string Said(string body)
    {
        if (body.TrimStart().StartsWith('{'))
        {
            try
            {
                using var document = JsonDocument.Parse(body);
                foreach (var member in _members)
                {
                    if (document.RootElement.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String)
                        return value.GetString() ?? "";
                }
            }
            catch (JsonException)
            {
                // It is shown as it is.
            }
        }

        // A page for people says less than its status.
        return body.TrimStart().StartsWith('<') ? "" : body;
    }
}
