using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// What a provider says about itself and its keys (OpenID Connect Discovery 1.0): read when first needed, refreshed twice a day, and once
/// more when a token cannot be checked with the keys at hand.
/// </summary>
public sealed class ProviderMetadata(OidcProviderSettings settings, HttpClient client, TimeProvider time)
    : IConfigurationManager<OpenIdConnectConfiguration>,
        IDisposable
{
    /// <summary>Nobody can make us ask the provider for its keys more often than this, however many bad tokens come.</summary>
    public static readonly TimeSpan RereadAtMostEvery = TimeSpan.FromSeconds(10);

    /// <summary>How long a provider that was there counts as there, and one that was not as away.</summary>
    public static readonly TimeSpan ReachedFor = TimeSpan.FromSeconds(5);

    private const string SelectAccount = "select_account";

    private readonly SemaphoreSlim _rereading = new(1, 1);
    private readonly SemaphoreSlim _reaching = new(1, 1);
    private long? _reachedAt;
    private string? _unreachable;
    private volatile ConfigurationManager<OpenIdConnectConfiguration> _manager = Manager(settings, client);
    private volatile OpenIdConnectConfiguration? _last;
    private long _rereadAt;
    private bool _wasReread;

    /// <summary>The last answer, or null when there was none yet. Never asks.</summary>
    public OpenIdConnectConfiguration? Last => _last;

    /// <summary>
    /// The <c>prompt</c> that lets a person choose another account: <c>select_account</c>, unless the provider says which ones it knows and
    /// this is not among them.
    /// </summary>
    public string PromptForAnother =>
        _last?.PromptValuesSupported is not { Count: > 0 } known || known.Contains(SelectAccount) ? SelectAccount : "login";

    /// <summary>The answer, from memory when there is one. Throws <see cref="OidcRefusedException"/>.</summary>
    public async Task<OpenIdConnectConfiguration> GetAsync(CancellationToken cancellationToken) =>
        _last = await ReadAsync(_manager, cancellationToken);

    /// <summary>The same, for the framework's handler.</summary>
    public Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel) => GetAsync(cancel);

    /// <summary>Does nothing. Code that needs newer keys calls <see cref="RereadAsync"/>, which has a limit.</summary>
    public void RequestRefresh() { }

    /// <summary>
    /// The answer, from a provider that is there now: what is in memory would send people to a provider that is down, and their browser
    /// would say so in words of its own. Asked at most every <see cref="ReachedFor"/>, whatever comes of it. Throws
    /// <see cref="OidcRefusedException"/>.
    /// </summary>
    public async Task<OpenIdConnectConfiguration> ReachAsync(CancellationToken cancellationToken)
    {
        var answer = await GetAsync(cancellationToken);
        await _reaching.WaitAsync(cancellationToken);
        try
        {
            if (_reachedAt is not { } at || time.GetElapsedTime(at) >= ReachedFor)
                (_unreachable, _reachedAt) = (await FaultOfReachingAsync(cancellationToken), time.GetTimestamp());
            return _unreachable is null ? answer : throw new OidcRefusedException(OidcReason.ProviderAway, _unreachable);
        }
        finally
        {
            _reaching.Release();
        }
    }

    /// <summary>
    /// Reads again: a token came with a key that is not known, or a signature that does not fit (a provider may keep a key's name and
    /// change the key). Returns null when that was done a moment ago; the manager's own refresh would come minutes later.
    /// </summary>
    public async Task<OpenIdConnectConfiguration?> RereadAsync(CancellationToken cancellationToken)
    {
        await _rereading.WaitAsync(cancellationToken);
        try
        {
            if (_wasReread && time.GetElapsedTime(_rereadAt) < RereadAtMostEvery)
                return null;
            (_rereadAt, _wasReread) = (time.GetTimestamp(), true);
            var fresh = Manager(settings, client);
            var answer = await ReadAsync(fresh, cancellationToken);
            _manager = fresh;
            return _last = answer;
        }
        finally
        {
            _rereading.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rereading.Dispose();
        _reaching.Dispose();
    }

    private async Task<string?> FaultOfReachingAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri(Address(settings)), cancellationToken);
            return answer.IsSuccessStatusCode ? null : $"{Address(settings)} answered {(int)answer.StatusCode}.";
        }
        catch (OidcRefusedException exception)
        {
            return exception.Fault.Detail;
        }
    }

    private async Task<OpenIdConnectConfiguration> ReadAsync(
        ConfigurationManager<OpenIdConnectConfiguration> from,
        CancellationToken cancellationToken
    )
    {
        // Of document and keys together: each request has the same limit for itself.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ProviderBackchannel.Patience);
        OpenIdConnectConfiguration answer;
        try
        {
            answer = await from.GetConfigurationAsync(limit.Token);
        }
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested
                && exception
                    is InvalidOperationException
                        or IOException
                        or HttpRequestException
                        or OperationCanceledException
                        or ArgumentException
            )
        {
            var why = exception.GetBaseException() is OidcRefusedException refused
                ? refused.Fault.Detail
                : ProviderText.Short(exception.GetBaseException().Message);
            throw new OidcRefusedException(OidcReason.ProviderAway, $"{Address(settings)} could not be read: {why}", exception);
        }

        return Fault(answer) is { } fault ? throw new OidcRefusedException(OidcReason.BadDiscovery, fault) : answer;
    }

    private string? Fault(OpenIdConnectConfiguration answer)
    {
        // Discovery 4.3: the issuer must be the address that was asked; only the slash at the end is a matter of taste.
        if (answer.Issuer is not { Length: > 0 } issuer || !SameIssuer(issuer, settings.Authority.OriginalString))
            return $"The authority in the settings is {settings.Authority.OriginalString}, but the provider calls itself "
                + $"{ProviderText.Short(answer.Issuer)}.";
        foreach (
            var (name, endpoint, needed) in new[]
            {
                ("authorization_endpoint", answer.AuthorizationEndpoint, true),
                ("token_endpoint", answer.TokenEndpoint, true),
                ("jwks_uri", answer.JwksUri, true),
                ("userinfo_endpoint", answer.UserInfoEndpoint, false),
                ("end_session_endpoint", answer.EndSessionEndpoint, false),
                ("pushed_authorization_request_endpoint", answer.PushedAuthorizationRequestEndpoint, false),
            }
        )
        {
            if (string.IsNullOrEmpty(endpoint) ? needed : !IsSafe(endpoint))
                return $"The provider's {name} is {ProviderText.Short(endpoint)}; it must be an https address.";
        }

        return answer.SigningKeys.Count == 0 ? "The provider has published no keys to check signatures with." : null;
    }

    private bool IsSafe(string endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var url)
        && (
            url.Scheme == Uri.UriSchemeHttps
            || (url.Scheme == Uri.UriSchemeHttp && settings.Authority.Scheme == Uri.UriSchemeHttp && url.IsLoopback)
        );

    private static bool SameIssuer(string one, string other) => one.TrimEnd('/').Equals(other.TrimEnd('/'), StringComparison.Ordinal);

    private static string Address(OidcProviderSettings settings) =>
        settings.Authority.OriginalString.TrimEnd('/') + "/.well-known/openid-configuration";

    private static ConfigurationManager<OpenIdConnectConfiguration> Manager(OidcProviderSettings settings, HttpClient client) =>
        new(
            Address(settings),
            new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(client) { RequireHttps = settings.Authority.Scheme == Uri.UriSchemeHttps }
        );
}
