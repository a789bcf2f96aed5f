namespace Appliance.Web.SignIn.Oidc;

/// <summary>One provider at work: its settings, what it says about itself, and our requests to it.</summary>
public sealed class OidcProvider : IDisposable
{
    private readonly Uri? _publicUrl;

    /// <summary>Asks nothing yet. <paramref name="publicUrl"/> is where people reach the console, when that is set.</summary>
    public OidcProvider(OidcProviderSettings settings, Uri? publicUrl, TimeProvider time)
    {
        Settings = settings;
        _publicUrl = publicUrl;
        Client = new(new ProviderBackchannel(settings, () => Metadata?.Last)) { Timeout = Timeout.InfiniteTimeSpan };
        Metadata = new(settings, Client, time);
        Tokens = new(settings, Metadata, time);
        Calls = new(Client);
    }

    /// <summary>The settings of this provider.</summary>
    public OidcProviderSettings Settings { get; }

    /// <summary>What it says about itself.</summary>
    public ProviderMetadata Metadata { get; }

    internal HttpClient Client { get; }

    internal ProviderTokens Tokens { get; }

    internal ProviderCalls Calls { get; }

    /// <summary>
    /// An address of this console as the provider must know it: under the public URL when there is one, else as the browser wrote it.
    /// </summary>
    public string Absolute(HttpRequest request, string path) =>
        (_publicUrl?.GetLeftPart(UriPartial.Authority) ?? $"{request.Scheme}://{request.Host}") + path;

    /// <inheritdoc/>
    public void Dispose()
    {
        Metadata.Dispose();
        Client.Dispose();
    }
}
