using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Appliance.Testing;

/// <summary>
/// An identity provider that lets everybody in at once, and lies in one way when it is told to. Its tokens are made by hand.
/// </summary>
public sealed class HostileProvider : IAsyncDisposable
{
    /// <summary>The client it knows.</summary>
    public const string ClientId = "console";

    /// <summary>Its secret.</summary>
    public const string ClientSecret = "a secret of the client, long enough to be one";

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();
    private readonly RSA _foreign = RSA.Create(2048);
    private RSA _key = RSA.Create(2048);
    private string _keyId = "first";
    private JsonObject _asked = [];
    private Dictionary<string, string> _pushed = [];

    private HostileProvider(WebApplication app) => _app = app;

    /// <summary>How it lies.</summary>
    public ProviderLie Lie { get; set; }

    /// <summary>Who signs in.</summary>
    public string Subject { get; set; } = "ann-1";

    /// <summary>What else its id_tokens say.</summary>
    public JsonObject Claims { get; set; } = [];

    /// <summary>The last change of an id_token before it is signed.</summary>
    public Action<JsonObject>? Variation { get; set; }

    /// <summary>What its user information says beside the subject.</summary>
    public JsonObject UserInfo { get; set; } = [];

    /// <summary>What it calls itself, when not by its address.</summary>
    public string? CallsItself { get; set; }

    /// <summary>Its tokens come with one that gets new ones.</summary>
    public bool GivesRefreshTokens { get; set; }

    /// <summary>How clients may prove who they are at its token endpoint, as it publishes it; null: it publishes nothing.</summary>
    public IReadOnlyList<string>? PublishedMethods { get; set; }

    /// <summary>The one way that it really takes from this client; null: any.</summary>
    public string? TakenMethod { get; set; }

    /// <summary>It answers nothing but 503.</summary>
    public bool IsAway { get; set; }

    /// <summary>It has a page on which people sign out.</summary>
    public bool HasSignOutPage { get; set; } = true;

    /// <summary>It takes questions by a request of ours (RFC 9126), and the browser brings only their name.</summary>
    public bool TakesPushedRequests { get; set; }

    /// <summary>How often a question was pushed.</summary>
    public int PushedRequests { get; private set; }

    /// <summary>What was brought to the address its token endpoint redirects to.</summary>
    public int Followed { get; private set; }

    /// <summary>How often its keys were read.</summary>
    public int KeyReads { get; private set; }

    /// <summary>What the browser brought to its authorization endpoint last.</summary>
    public IReadOnlyDictionary<string, string> LastQuestion { get; private set; } = new Dictionary<string, string>();

    /// <summary>What we brought to its token endpoint last.</summary>
    public IReadOnlyDictionary<string, string> LastRedemption { get; private set; } = new Dictionary<string, string>();

    /// <summary>Its address and name.</summary>
    public string Issuer => _app.Urls.First();

    /// <summary>Starts on a free loopback port.</summary>
    public static async Task<HostileProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var provider = new HostileProvider(app);
        app.Use(
            (context, next) =>
            {
                context.Response.StatusCode = provider.IsAway ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
                return provider.IsAway ? Task.CompletedTask : next(context);
            }
        );
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(provider.Discovery()));
        app.MapGet("/keys", () => Results.Json(provider.Keys()));
        app.MapGet("/authorize", (HttpRequest request) => provider.Authorize(request));
        app.MapPost("/token", provider.TokenAsync);
        app.MapPost("/push", provider.PushAsync);
        app.Map("/elsewhere", () => provider.Followed++);
        app.MapGet("/userinfo", () =>
            provider.Lie == ProviderLie.UserInfoRefused ? Results.StatusCode(403) : Results.Json(provider.Information())
        );
        await app.StartAsync();
        return provider;
    }

    /// <summary>A new key, under a new name or the old one.</summary>
    public void RollOver(bool keepName = false)
    {
        _key = RSA.Create(2048);
        _keyId = keepName ? _keyId : "key-" + RandomNumberGenerator.GetHexString(6);
    }

    /// <summary>A logout token; <paramref name="change"/> makes it a bad one.</summary>
    public string LogoutToken(string? subject, string? session, Action<JsonObject>? change = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = ClientId,
            ["iat"] = Now,
            ["exp"] = Now + 120,
            ["jti"] = Guid.NewGuid().ToString(),
            ["events"] = new JsonObject { ["http://schemas.openid.net/event/backchannel-logout"] = new JsonObject() },
        };
        if (subject is not null)
            claims["sub"] = subject;
        if (session is not null)
            claims["sid"] = session;
        change?.Invoke(claims);
        return Signed(claims, "logout+jwt");
    }

    /// <summary>Any claims, signed by its key.</summary>
    public string Signed(JsonObject claims, string type = "JWT") => Signed(claims, _key, _keyId, type);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.DisposeAsync();
        _key.Dispose();
        _foreign.Dispose();
        _stop.Dispose();
    }

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private Dictionary<string, object> Discovery()
    {
        var document = new Dictionary<string, object>
        {
            ["issuer"] = CallsItself ?? Issuer,
            ["authorization_endpoint"] = Issuer + "/authorize",
            ["token_endpoint"] = Issuer + "/token",
            ["userinfo_endpoint"] = Issuer + "/userinfo",
            ["jwks_uri"] = Issuer + "/keys",
            ["authorization_response_iss_parameter_supported"] = true,
            ["id_token_signing_alg_values_supported"] = new[] { "RS256" },
        };
        if (HasSignOutPage)
            document["end_session_endpoint"] = Issuer + "/end";
        if (PublishedMethods is { } methods)
            document["token_endpoint_auth_methods_supported"] = methods;
        if (TakesPushedRequests)
            document["pushed_authorization_request_endpoint"] = Issuer + "/push";
        return document;
    }

    private object Keys()
    {
        KeyReads++;
        var parameters = _key.ExportParameters(false);
        return new
        {
            keys = new[]
            {
                new
                {
                    kty = "RSA",
                    use = "sig",
                    kid = _keyId,
                    alg = "RS256",
                    n = Encode(parameters.Modulus!),
                    e = Encode(parameters.Exponent!),
                },
            },
        };
    }

    private IResult Authorize(HttpRequest request)
    {
        LastQuestion = request.Query.ContainsKey("request_uri")
            ? _pushed
            : request.Query.ToDictionary(one => one.Key, one => one.Value.ToString());
        _asked = new JsonObject { ["nonce"] = LastQuestion.GetValueOrDefault("nonce") };
        var answer = new Dictionary<string, string?>
        {
            ["state"] = Lie switch
            {
                ProviderLie.OtherState => "CfDJ8" + new string('x', 60),
                ProviderLie.NoState => null,
                _ => LastQuestion["state"],
            },
            ["iss"] = Lie switch
            {
                ProviderLie.OtherIssParameter => "https://other.example",
                ProviderLie.NoIssParameter => null,
                _ => Issuer,
            },
            ["code"] = Lie is ProviderLie.AccessDenied or ProviderLie.ServerError or ProviderLie.NoCode ? null : "a-code",
            ["error"] = Lie switch
            {
                ProviderLie.AccessDenied => "access_denied",
                ProviderLie.ServerError => "server_error",
                _ => null,
            },
            ["error_description"] = Lie is ProviderLie.AccessDenied or ProviderLie.ServerError ? "<b>not today</b>" : null,
        };
        return Results.Redirect(QueryHelpers.AddQueryString(LastQuestion["redirect_uri"], answer.Where(one => one.Value is not null)));
    }

    private async Task<IResult> PushAsync(HttpRequest request)
    {
        _pushed = (await request.ReadFormAsync()).ToDictionary(one => one.Key, one => one.Value.ToString());
        PushedRequests++;
        return Knows(request, _pushed)
            ? Results.Json(new { request_uri = "urn:ietf:params:oauth:request_uri:one", expires_in = 60 }, statusCode: 201)
            : Results.Json(new { error = "invalid_client" }, statusCode: 401);
    }

    // The secret in the one place that it takes, and in no other one.
    private bool Knows(HttpRequest request, IReadOnlyDictionary<string, string> fields)
    {
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{WebUtility.UrlEncode(ClientSecret)}"));
        var (inHeader, inBody) = (request.Headers.Authorization == basic, fields.GetValueOrDefault("client_secret") == ClientSecret);
        return TakenMethod switch
        {
            "client_secret_basic" => inHeader && !inBody,
            "client_secret_post" => inBody && !inHeader,
            _ => inHeader != inBody,
        };
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        LastRedemption = (await request.ReadFormAsync()).ToDictionary(one => one.Key, one => one.Value.ToString());
        if (!Knows(request, LastRedemption))
            return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        switch (Lie)
        {
            case ProviderLie.CodeRefused:
                return Results.Json(new { error = "invalid_grant", error_description = "used before" }, statusCode: 400);
            case ProviderLie.TokenEndpointAway:
                return Results.StatusCode(503);
            case ProviderLie.TokenEndpointRedirects:
                return Results.Redirect(Issuer + "/elsewhere", preserveMethod: true);
            case ProviderLie.HugeAnswer:
                return Results.Text(new string(' ', 4 * 1024 * 1024) + "{}", "application/json");
            case ProviderLie.NoJson:
                return Results.Text("<html>Welcome</html>", "text/html");
            case ProviderLie.SilentTokenEndpoint:
                await Task.Delay(Timeout.InfiniteTimeSpan, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return Results.StatusCode(500);
        }

        const string access = "an-access-token";
        var answer = new JsonObject
        {
            ["access_token"] = access,
            ["token_type"] = Lie == ProviderLie.OtherTokenType ? "mac" : "Bearer",
            ["expires_in"] = 60,
        };
        if (GivesRefreshTokens)
            answer["refresh_token"] = "a-refresh-token";
        if (Lie != ProviderLie.NoIdToken)
            answer["id_token"] = IdToken(access);
        return Results.Text(answer.ToJsonString(), "application/json");
    }

    private JsonObject Information()
    {
        var information = (JsonObject)UserInfo.DeepClone();
        information["sub"] = Lie == ProviderLie.OtherSubject ? "somebody else" : Subject;
        return information;
    }

    private string IdToken(string access)
    {
        var claims = (JsonObject)Claims.DeepClone();
        claims["iss"] = Lie switch
        {
            ProviderLie.OtherIssuer => "https://other.example",
            ProviderLie.SlashedIssuer => Issuer + "/",
            _ => Issuer,
        };
        claims["aud"] = Lie switch
        {
            ProviderLie.OtherAudience => "another-client",
            ProviderLie.TwoAudiences => new JsonArray(ClientId, "another-client"),
            _ => ClientId,
        };
        claims["sub"] = Subject;
        claims["iat"] = Now + (Lie == ProviderLie.IssuedInFuture ? 600 : 0);
        claims["exp"] = Now + (Lie == ProviderLie.Expired ? -90 : 300);
        claims["auth_time"] = Now - (Lie == ProviderLie.OldSignIn ? 3600 : 0);
        claims["nonce"] = Lie == ProviderLie.OtherNonce ? "another" : _asked["nonce"]?.DeepClone();
        claims["at_hash"] = Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Lie == ProviderLie.OtherAtHash ? "another" : access))[..16]);
        if (Lie == ProviderLie.OtherAzp)
            claims["azp"] = "another-client";
        if (Lie == ProviderLie.NotYetValid)
            claims["nbf"] = Now + 600;
        var missing = Lie switch
        {
            ProviderLie.NoAudience => "aud",
            ProviderLie.NoExpiry => "exp",
            ProviderLie.NoNonce => "nonce",
            ProviderLie.NoSubject => "sub",
            ProviderLie.UnsignedWithoutHash => "at_hash",
            _ => "",
        };
        claims.Remove(missing);
        Variation?.Invoke(claims);
        return Lie switch
        {
            ProviderLie.Gibberish => "not.a.token",
            ProviderLie.ForeignSignature => Signed(claims, _foreign, _keyId, "JWT"),
            ProviderLie.UnknownKey => Signed(claims, _foreign, "unknown", "JWT"),
            ProviderLie.ChangedPayload => Changed(Signed(claims)),
            ProviderLie.TwoSubjects => Signed(
                Encode(Encoding.UTF8.GetBytes("{\"sub\":\"root-1\"," + claims.ToJsonString()[1..])),
                _key,
                _keyId,
                "JWT"
            ),
            ProviderLie.Unsigned or ProviderLie.UnsignedWithoutHash => Part(new() { ["alg"] = "none" }) + "." + Part(claims) + ".",
            ProviderLie.HmacBySecret => Hmac(claims, Encoding.UTF8.GetBytes(ClientSecret)),
            ProviderLie.HmacByPublicKey => Hmac(claims, Encoding.ASCII.GetBytes(_key.ExportSubjectPublicKeyInfoPem())),
            _ => Signed(claims),
        };
    }

    private static string Changed(string token)
    {
        var parts = token.Split('.');
        var claims = JsonNode.Parse(WebEncoders.Base64UrlDecode(parts[1]))!.AsObject();
        claims["changed"] = true;
        return $"{parts[0]}.{Part(claims)}.{parts[2]}";
    }

    private string Hmac(JsonObject claims, byte[] secret)
    {
        var signed = Part(new() { ["alg"] = "HS256", ["kid"] = _keyId }) + "." + Part(claims);
        return signed + "." + Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)));
    }

    private static string Signed(JsonObject claims, RSA key, string kid, string type) => Signed(Part(claims), key, kid, type);

    private static string Signed(string payload, RSA key, string kid, string type)
    {
        var signed =
            Part(
                new()
                {
                    ["alg"] = "RS256",
                    ["kid"] = kid,
                    ["typ"] = type,
                }
            )
            + "."
            + payload;
        return signed + "." + Encode(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    private static string Part(JsonObject content) => Encode(JsonSerializer.SerializeToUtf8Bytes(content));

    private static string Encode(byte[] bytes) => WebEncoders.Base64UrlEncode(bytes);
}
