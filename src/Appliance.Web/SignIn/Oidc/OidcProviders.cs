using System.Collections.Immutable;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>The identity providers of this console.</summary>
public sealed class OidcProviders : IDisposable
{
    /// <summary>Those of the settings.</summary>
    public OidcProviders(SignInSettings settings, TimeProvider time) =>
        All = [.. settings.Oidc.Select(provider => new OidcProvider(provider, settings.PublicUrl, time))];

    /// <summary>In the order of their numbers.</summary>
    public ImmutableArray<OidcProvider> All { get; }

    /// <summary>
    /// Where the sign-out form may lead (the policy's <c>form-action</c>): browsers hold redirects after a form to it, too. The origins of
    /// the providers, and those of their sign-out pages once they have told them.
    /// </summary>
    public string FormTargets => string.Concat(All.SelectMany(Origins).Distinct().Select(origin => " " + origin));

    /// <summary>The one with that number, or null.</summary>
    public OidcProvider? Find(int number) => All.FirstOrDefault(provider => provider.Settings.Number == number);

    /// <summary>The one that is this issuer, or null.</summary>
    public OidcProvider? Find(string? issuer) =>
        All.FirstOrDefault(provider => provider.Settings.Authority.OriginalString.TrimEnd('/') == issuer?.TrimEnd('/'));

    /// <summary>
    /// What people call the provider that is this issuer: its name in the settings, or its host when it is not there any more.
    /// </summary>
    public string NameOf(string issuer) =>
        Find(issuer)?.Settings.Name ?? (Uri.TryCreate(issuer, UriKind.Absolute, out var address) ? address.Host : issuer);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var provider in All)
            provider.Dispose();
    }

    private static IEnumerable<string> Origins(OidcProvider provider)
    {
        yield return provider.Settings.Authority.GetLeftPart(UriPartial.Authority);
        if (Uri.TryCreate(provider.Metadata.Last?.EndSessionEndpoint, UriKind.Absolute, out var end))
            yield return end.GetLeftPart(UriPartial.Authority);
    }
}
