namespace Appliance.Web.SignIn.Oidc;

/// <summary>How we talk to a provider ourselves.</summary>
internal static class ProviderHttp
{
    /// <summary>A provider that takes longer counts as away.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Longest answer: a key set or the claims of somebody with a thousand groups fit, with room.</summary>
    public const int MaxAnswerBytes = 1024 * 1024;

    /// <summary>A client with limits. It follows no redirects: a code or a secret goes where the provider's own document says, nowhere else.</summary>
    public static HttpClient Create() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = Patience,
        MaxResponseHeadersLength = 32,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = MaxAnswerBytes,
    };
}
