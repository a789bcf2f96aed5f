using System.Collections.Immutable;
using System.Globalization;
using Appliance.Data.Accounts;
using Appliance.Web.Startup;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// The variables of identity providers. The first provider's have no number; further ones are numbered from 2 to 9:
/// <c>APPLIANCE_OIDC_2_AUTHORITY</c>.
/// </summary>
public static class OidcSettings
{
    /// <summary>Most providers at the same time.</summary>
    public const int MostProviders = 9;

    private const string Prefix = "APPLIANCE_OIDC_";

    /// <summary>Longest name of a provider.</summary>
    private const int LongestName = 40;
    private const string StandardScopes = "openid,profile,email";

    private static readonly ImmutableArray<(string Name, string Default, string Accepts)> _kinds =
    [
        ("AUTHORITY", "", "the issuer's https URL (http only on this machine), or nothing"),
        ("CLIENT_ID", "", "the name of the client at the provider"),
        ("CLIENT_SECRET", "", "the secret of the client, or nothing"),
        ("CLIENT_SECRET_FILE", "", "a file that can be read, with the secret in it, or nothing"),
        ("SCOPES", StandardScopes, "scopes with commas or blanks between them, openid among them"),
        ("ROLE_RULES", "", "rules CLAIM:VALUE=ROLE with ; between them"),
        ("NAME", "", "at most 40 characters in one line"),
    ];

    /// <summary>The variables of the first provider, with default and what they take.</summary>
    public static ImmutableArray<(string Name, string Default, string Accepts)> Variables { get; } =
    [.. _kinds.Select(kind => (Prefix + kind.Name, kind.Default, kind.Accepts))];

    /// <summary>The variables of the providers 2 to 9.</summary>
    public static ImmutableArray<string> Numbered { get; } =
    [.. Enumerable.Range(2, MostProviders - 1).SelectMany(number => _kinds.Select(kind => Name(number, kind.Name)))];

    /// <summary>
    /// Reads all of them; every bad value is a problem with the variable's name. A provider is there when one of its variables has a value
    /// that is not the default: a file with every setting and its default names none.
    /// </summary>
    public static ImmutableArray<OidcProviderSettings> Read(Func<string, string?> environment, Action<string> problem)
    {
        var providers = ImmutableArray.CreateBuilder<OidcProviderSettings>();
        for (var number = 1; number <= MostProviders; number++)
        {
            if (
                _kinds.Any(kind => environment(Name(number, kind.Name))?.Trim() is { Length: > 0 } text && text != kind.Default)
                && ReadOne(number, environment, problem) is { } provider
            )
                providers.Add(provider);
        }

        foreach (var same in providers.GroupBy(provider => (provider.Authority, provider.ClientId)).Where(group => group.Count() > 1))
            problem(
                $"{Name(same.Last().Number, "CLIENT_ID")} is the same client of the same provider as "
                    + $"{Name(same.First().Number, "CLIENT_ID")}; write its rules into one {Name(same.First().Number, "ROLE_RULES")}."
            );
        return [.. providers.Select(provider => provider with { Name = Distinct(provider, providers) })];
    }

    // Several realms of one host would all be called by that host: then by the rest of the authority, too, and by their number when that is
    // the same as well.
    private static string Distinct(OidcProviderSettings provider, IReadOnlyList<OidcProviderSettings> all)
    {
        if (provider.Name != provider.Authority.Host || all.Count(other => other.Name == provider.Name) == 1)
            return provider.Name;
        var whole = provider.Authority.Authority + provider.Authority.AbsolutePath.TrimEnd('/');
        return whole.Length <= LongestName && all.Count(other => other.Authority == provider.Authority) == 1
            ? whole
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{provider.Name[..Math.Min(provider.Name.Length, LongestName - 2)]} {provider.Number}"
            );
    }

    private static OidcProviderSettings? ReadOne(int number, Func<string, string?> environment, Action<string> problem)
    {
        var good = true;
        string Get(string kind) => environment(Name(number, kind))?.Trim() ?? "";
        void Bad(string kind, string end)
        {
            good = false;
            problem($"{Name(number, kind)} {end}");
        }

        string Takes(string kind) => $"it takes {_kinds.First(variable => variable.Name == kind).Accepts}.";
        var authority = Authority(Get("AUTHORITY"));
        if (authority is null)
            Bad(
                "AUTHORITY",
                Get("AUTHORITY").Length == 0
                    ? $"is missing, but other settings of that provider are there; it is the issuer's URL, like https://login.example.com."
                    : $"is \"{RefusedText.Of(Get("AUTHORITY"), isUrl: true)}\"; {Takes("AUTHORITY")}"
            );
        var clientId = Get("CLIENT_ID");
        if (clientId.Length == 0)
            Bad("CLIENT_ID", "is missing; it is the name that the provider gave to this console.");
        var secret = Secret(Get("CLIENT_SECRET_FILE"), Get("CLIENT_SECRET"), out var unreadable);
        if (unreadable)
            Bad("CLIENT_SECRET_FILE", $"is \"{RefusedText.OfSecretFile(Get("CLIENT_SECRET_FILE"))}\"; {Takes("CLIENT_SECRET_FILE")}");
        ImmutableArray<string> scopes =
        [
            .. (Get("SCOPES") is { Length: > 0 } asked ? asked : StandardScopes)
                .Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries)
                .Distinct(),
        ];
        if (!scopes.Contains("openid"))
            Bad("SCOPES", $"is \"{Get("SCOPES")}\"; {Takes("SCOPES")}");
        var rules = RoleRules.Parse(Get("ROLE_RULES"), fault => Bad("ROLE_RULES", fault));
        if (Get("ROLE_RULES").Length == 0)
            Bad("ROLE_RULES", "is missing, so that nobody could sign in; write who gets which role, like groups:admins=Administrator.");
        var name = Get("NAME");
        if (name.Length > LongestName || PersonNames.Clean(name) != name)
            Bad("NAME", $"is \"{name}\"; {Takes("NAME")}");
        return !good || authority is null
            ? null
            : new()
            {
                Number = number,
                Name = name.Length > 0 ? name : authority.Host,
                Authority = authority,
                ClientId = clientId,
                ClientSecret = secret,
                Scopes = scopes,
                Rules = rules,
            };
    }

    private static string Name(int number, string kind) =>
        number == 1 ? Prefix + kind : string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number}_{kind}");

    // A person who reads along on the way to the provider could sign in as anybody.
    private static Uri? Authority(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.UserInfo.Length == 0
        && url.Query.Length == 0
        && url.Fragment.Length == 0
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            ? url
            : null;

    private static string? Secret(string file, string text, out bool unreadable)
    {
        unreadable = false;
        if (file.Length == 0)
            return text.Length == 0 ? null : text;
        try
        {
            // The line's end that editors put there is not part of the secret. An empty file is a mistake: a public client has none.
            var secret = File.ReadAllText(file).TrimEnd('\r', '\n');
            unreadable = secret.Length == 0;
            return secret;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            unreadable = true;
            return null;
        }
    }
}
