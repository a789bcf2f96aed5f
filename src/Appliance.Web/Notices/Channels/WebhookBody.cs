using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Appliance.Web.Notices.Channels;

/// <summary>What a generic webhook is sent, and how it is signed. The form is documented; another form gets another version.</summary>
public static class WebhookBody
{
    /// <summary>The version of the form.</summary>
    public const int Version = 1;

    /// <summary>The header that carries the signature.</summary>
    public const string SignatureHeader = "Appliance-Signature";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        // It is no part of a page: names stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>The JSON of a message.</summary>
    public static string Of(NoticeMessage message) =>
        JsonSerializer.Serialize(
            new
            {
                version = Version,
                id = message.Id,
                @event = message.What.ToString().ToLowerInvariant(),
                at = Time(message.At.UtcDateTime),
                node = message.Node,
                title = message.Title,
                text = message.Text,
                notice = new
                {
                    id = message.Row.Id,
                    trouble = message.Row.Trouble,
                    kind = message.Row.Kind,
                    severity = message.Row.Severity.ToString().ToLowerInvariant(),
                    sentence = message.Told,
                    since = Time(message.Row.LastSinceUtc),
                    over = message.Row.OverUtc is { } over ? Time(over) : null,
                    lastedSeconds = message.Lasted is { } lasted ? (long?)lasted.TotalSeconds : null,
                    times = message.Row.Times,
                    link = message.Link?.AbsoluteUri,
                },
            },
            _json
        );

    /// <summary>
    /// The value of <see cref="SignatureHeader"/>: <c>t=1700000000,v1=</c> and the HMAC-SHA256 in hex of the time, a dot and the body.
    /// </summary>
    public static string Signature(string key, DateTimeOffset at, string body)
    {
        var seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{seconds}.{body}"));
        return $"t={seconds},v1={Convert.ToHexStringLower(hash)}";
    }

    private static string Time(DateTime utc) => utc.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
