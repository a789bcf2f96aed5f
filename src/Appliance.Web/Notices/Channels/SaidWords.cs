using System.Net.Sockets;
using System.Text.Json;
using Appliance.Data.Notices;
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
    public static SendResult Of(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SmtpCommandException refused:
                    return new(false, $"The mail server answered {(int)refused.StatusCode}: {Short(refused.Message)}.")
                    {
                        IsFinal = (int)refused.StatusCode >= 500,
                    };
                case MailKit.Security.AuthenticationException:
                    return new(false, $"The mail server did not take user and password: {Short(cause.Message)}.") { IsFinal = true };
                case SslHandshakeException or System.Security.Authentication.AuthenticationException:
                    return new(false, $"TLS failed: {Short(Deepest(cause).Message)}.");
                case SocketException socket:
                    return new(false, Of(socket));
                case ParseException:
                    return new(false, $"An address of the mail cannot be used: {Short(cause.Message)}.") { IsFinal = true };
                case NotSupportedException:
                    return new(false, $"The mail server cannot do what is asked for: {Short(cause.Message)}.") { IsFinal = true };
                case HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return new(false, "The server closed the connection without an answer.");
            }
        }

        return new(false, $"{Short(Deepest(exception).Message)}.");
    }

    /// <summary>The answer of a server that did not take it, with what its body says.</summary>
    public static string OfAnswer(int status, string body) =>
        Said(body) is { Length: > 0 } said ? $"The server answered {status}: {Short(said)}." : $"The server answered {status}.";

    /// <summary>The words without any secret of the channel: some servers say back what they were sent.</summary>
    public static string Without(ChannelSecrets secrets, string words)
    {
        foreach (var secret in secrets.All().Where(secret => secret.Length > 3))
            words = words.Replace(secret, "\u2026", StringComparison.Ordinal);
        return words;
    }

    // Text on one line, not too long, without the full stop that the sentence has.
    private static string Short(string text)
    {
        var line = VisibleText.Of(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).TrimEnd('.');
        return line.Length <= Longest ? line : line[..Longest] + "\u2026";
    }

    private static string Of(SocketException socket) =>
        socket.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "The connection was refused: nothing listens there.",
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "The name has no address.",
            SocketError.ConnectionReset => "The server cut the connection.",
            SocketError.TimedOut => "Nothing answered there.",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => "There is no way to that address.",
            _ => Short(socket.Message) + ".",
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
