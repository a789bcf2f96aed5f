using System.Text.Json;

namespace Appliance.Data.Notices;

/// <summary>The secrets of a channel. Stored sealed, and shown to nobody.</summary>
public sealed record ChannelSecrets
{
    /// <summary>Without secrets.</summary>
    public static ChannelSecrets None { get; } = new();

    /// <summary>The address of a webhook of Slack or Discord: everybody who knows it can write there.</summary>
    public string? Url { get; init; }

    /// <summary>The key by which webhooks are signed.</summary>
    public string? SigningKey { get; init; }

    /// <summary>The access token of ntfy.</summary>
    public string? Token { get; init; }

    /// <summary>The password at the mail server.</summary>
    public string? Password { get; init; }

    /// <summary>Those that are there.</summary>
    public IEnumerable<string> All() => new[] { Url, SigningKey, Token, Password }.OfType<string>();

    /// <summary>Says only whether there are secrets. An interpolated string can then not carry them into a log.</summary>
    public override string ToString() => All().Any() ? "secrets" : "no secrets";

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    internal static ChannelSecrets Of(byte[] bytes) => JsonSerializer.Deserialize<ChannelSecrets>(bytes, JsonSerializerOptions.Web) ?? None;
}
