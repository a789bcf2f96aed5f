using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Web.SignIn;

namespace Appliance.Web.Hosting;

/// <summary>Reads the text of one setting. Each says whether the text can be read, and the value.</summary>
internal static class SettingText
{
    private static readonly FrozenDictionary<string, LogLevel> _levels = new[]
    {
        LogLevel.Trace,
        LogLevel.Debug,
        LogLevel.Information,
        LogLevel.Warning,
        LogLevel.Error,
        LogLevel.Critical,
        LogLevel.None,
    }.ToFrozenDictionary(level => level.ToString().ToLowerInvariant());

    private static readonly FrozenDictionary<string, RelayChoice> _relays = Enum.GetValues<RelayChoice>()
        .ToFrozenDictionary(choice => choice.ToString().ToLowerInvariant());

    private static readonly FrozenDictionary<string, ForwarderChoice> _forwarders = Enum.GetValues<ForwarderChoice>()
        .ToFrozenDictionary(choice => choice.ToString().ToLowerInvariant());

    // The framework also takes "1" (0.0.0.1) and "10.1" (10.0.0.1); an operator who writes that means something else.
    public static (bool Ok, IPAddress Value) Address(string text) =>
        (
            IPAddress.TryParse(text, out var address)
                && (text.Contains(':', StringComparison.Ordinal) || text.Count(character => character == '.') == 3),
            address ?? IPAddress.None
        );

    // Only the names: the framework's own parser takes numbers and comma-separated unions too.
    public static (bool Ok, LogLevel Value) Level(string text) => (_levels.TryGetValue(text.ToLowerInvariant(), out var level), level);

    // One of each at most.
    public static (bool Ok, (bool Output, string? File) Value) AccessLog(string text)
    {
        if (text.Equals("off", StringComparison.OrdinalIgnoreCase))
            return (true, (false, null));
        var places = text.Split(',', StringSplitOptions.TrimEntries);
        var files = places.Where(place => !place.Equals("stdout", StringComparison.OrdinalIgnoreCase)).ToArray();
        var isRead =
            places.Length - files.Length <= 1
            && files is [] or [{ Length: > 0 }]
            && files.All(file => FileName(file).Ok && !file.Equals("off", StringComparison.OrdinalIgnoreCase));
        return (isRead, (places.Length > files.Length, files.FirstOrDefault()));
    }

    public static (bool Ok, int Value) Number(string text, int most, int least = 0) =>
        (int.TryParse(text, NumberStyles.None, null, out var number) && number >= least && number <= most, number);

    // The line's end that editors put there is not part of the secret.
    /// <summary>The text of a file without the line break at its end; null when no file is named.</summary>
    public static (bool Ok, string? Value) SecretFile(string file)
    {
        if (file.Length == 0)
            return (true, null);
        try
        {
            return (true, File.ReadAllText(file).TrimEnd('\r', '\n'));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (false, null);
        }
    }

    public static (bool Ok, string? Value) PasswordFile(string file) =>
        SecretFile(file) is (true, var password) && (password is null || Passwords.IsOfGoodLength(password))
            ? (true, password)
            : (false, null);

    public static (bool Ok, string? Value) ExistingFile(string file) =>
        (file.Length == 0 || File.Exists(file), file.Length == 0 ? null : file);

    // As a client writes it; what needs an escape is none.
    public static (bool Ok, string? Value) PathOnly(string text) =>
        (
            text.Length == 0
                || (
                    text.Length > 1
                    && text[0] == '/'
                    && !text.AsSpan().ContainsAny("?#%\\ ")
                    && text.All(char.IsAscii)
                    && !text.Contains("//", StringComparison.Ordinal)
                ),
            text.Length == 0 ? null : text
        );

    public static (bool Ok, Uri? Value) Url(string text)
    {
        if (text.Length == 0)
            return (true, null);
        var ok =
            Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https"
            && url.UserInfo.Length == 0
            && url.Query.Length == 0
            && url.Fragment.Length == 0;
        return (ok, url);
    }

    public static (bool Ok, ImmutableArray<IPNetwork> Value) Networks(string text)
    {
        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var part in text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPNetwork.TryParse(part, out var network))
                networks.Add(network);
            else if (Address(part) is (true, var address))
                networks.Add(new(address, address.GetAddressBytes().Length * 8));
            else
                return (false, []);
        }

        return (true, networks.ToImmutable());
    }

    public static (bool Ok, int? Value) PortOr(string text, string none) =>
        text.Equals(none, StringComparison.OrdinalIgnoreCase) ? (true, null)
        : Port(text) is (true, var port) ? (true, port)
        : (false, null);

    public static (bool Ok, int Value) Port(string text) => Number(text, 65535);

    public static (bool Ok, RelayChoice Value) Relay(string text) => (_relays.TryGetValue(text.ToLowerInvariant(), out var relay), relay);

    public static (bool Ok, ForwarderChoice Value) Forwarder(string text) =>
        (_forwarders.TryGetValue(text.ToLowerInvariant(), out var forwarder), forwarder);

    public static (bool Ok, bool Value) YesNo(string text) => (bool.TryParse(text, out var yes), yes);

    public static (bool Ok, bool Value) Either(string text, string yes, string no) =>
        (
            text.Equals(yes, StringComparison.OrdinalIgnoreCase) || text.Equals(no, StringComparison.OrdinalIgnoreCase),
            text.Equals(yes, StringComparison.OrdinalIgnoreCase)
        );

    // A name that the system could never open.
    public static (bool Ok, string Value) FileName(string text) => (text.IndexOf('\0') < 0, text);

    public static (bool Ok, string? Value) ExistingFolder(string text) =>
        (text.Length == 0 || Directory.Exists(text), text.Length == 0 ? null : text);

    public static (bool Ok, string? Value) Text(string text, int most = int.MaxValue) =>
        (text.Length <= most, text.Length == 0 ? null : text);

    public static (bool Ok, string? Value) Password(string text) =>
        (text.Length == 0 || Passwords.IsOfGoodLength(text), text.Length == 0 ? null : text);
}
