using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// Opens an account that takes a key of the authority (RFC 8555, 7.3.4), and leaves it as lego keeps its accounts. lego would do it too,
/// but reads that key from its arguments alone, where every user of the machine sees it.
/// </summary>
internal static class BoundAccount
{
    private const int MostTries = 5;

    /// <summary>
    /// The files of the new account, by their paths in lego's folder; or a fault, in lego's words, so that it is understood as lego's own
    /// are. Throws <see cref="HttpRequestException"/> and <see cref="TaskCanceledException"/> when the authority is away, and
    /// <see cref="JsonException"/> when its answer is not a directory.
    /// </summary>
    public static async Task<(Dictionary<string, byte[]>? Files, string? Fault)> OpenAsync(
        HttpClient http,
        LegoOrder order,
        AccountBinding binding,
        CancellationToken cancellationToken
    )
    {
        if (KeyOf(binding.Hmac) is not { } hmac)
            return (null, "acme: could not decode hmac key");
        var directory = Parse(await http.GetByteArrayAsync(order.Directory, cancellationToken));
        var (newAccount, newNonce) = (Text(directory, "newAccount"), Text(directory, "newNonce"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var jwk = Jwk(key);
        var payload = new JsonObject
        {
            ["termsOfServiceAgreed"] = true,
            ["externalAccountBinding"] = Bound(binding.Kid, hmac, newAccount, jwk),
        };
        if (order.Email.Length > 0)
            payload["contact"] = new JsonArray("mailto:" + order.Email);
        string? nonce = null;
        for (var attempt = 1; ; attempt++)
        {
            nonce ??= await NonceAsync(http, newNonce, cancellationToken);
            var header = new JsonObject
            {
                ["alg"] = "ES256",
                ["jwk"] = jwk.DeepClone(),
                ["nonce"] = nonce,
                ["url"] = newAccount,
            };
            var signed = Signed(header, payload, text =>
                key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            );
            using var request = new HttpRequestMessage(HttpMethod.Post, newAccount)
            {
                Content = new StringContent(signed.ToJsonString(), new MediaTypeHeaderValue("application/jose+json")),
            };
            using var response = await http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (response.IsSuccessStatusCode && response.Headers.Location is { } location)
                return (FilesOf(order, key, Parse(body), new Uri(new Uri(newAccount), location)), null);
            var problem = body.Length == 0 ? [] : Parse(body);
            var (type, detail) = ((string?)problem["type"] ?? "", (string?)problem["detail"] ?? "");
            if (!type.EndsWith(":badNonce", StringComparison.Ordinal) || attempt == MostTries)
                return (
                    null,
                    $"acme: error: {(int)response.StatusCode} :: POST :: {newAccount} :: "
                        + $"{(type.Length > 0 ? type : "urn:ietf:params:acme:error:none")} :: {detail}"
                );

            // The refusal brings the next one (RFC 8555, 6.5).
            nonce = NonceOf(response);
        }
    }

    // As lego writes them: one folder for the authority's host, in it one for the contact.
    private static Dictionary<string, byte[]> FilesOf(LegoOrder order, ECDsa key, JsonObject account, Uri location)
    {
        var folder = Path.Combine("accounts", order.Directory.Authority.Replace(':', '_'), order.Email);
        if (account["status"] is null)
            account["status"] = "valid";
        var file = new JsonObject
        {
            ["email"] = order.Email,
            ["registration"] = new JsonObject { ["body"] = account, ["uri"] = location.AbsoluteUri },
        };
        return new()
        {
            [Path.Combine(folder, "account.json")] = Encoding.UTF8.GetBytes(file.ToJsonString()),
            [Path.Combine(folder, "keys", order.Email + ".key")] = Encoding.ASCII.GetBytes(key.ExportECPrivateKeyPem() + "\n"),
        };
    }

    private static JsonObject Bound(string kid, byte[] hmac, string url, JsonObject jwk) =>
        Signed(
            new()
            {
                ["alg"] = "HS256",
                ["kid"] = kid,
                ["url"] = url,
            },
            jwk,
            text => HMACSHA256.HashData(hmac, text)
        );

    // JWS in its flattened form (RFC 7515, 7.2.2).
    private static JsonObject Signed(JsonObject header, JsonObject payload, Func<byte[], byte[]> sign)
    {
        var (first, second) = (Encode(header), Encode(payload));
        return new()
        {
            ["protected"] = first,
            ["payload"] = second,
            ["signature"] = Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes($"{first}.{second}"))),
        };
    }

    private static JsonObject Jwk(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new()
        {
            ["crv"] = "P-256",
            ["kty"] = "EC",
            ["x"] = Base64Url.EncodeToString(point.X),
            ["y"] = Base64Url.EncodeToString(point.Y),
        };
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    private static byte[]? KeyOf(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text.TrimEnd('='));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static async Task<string> NonceAsync(HttpClient http, string url, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, url);
        using var response = await http.SendAsync(request, cancellationToken);
        return NonceOf(response) ?? throw new JsonException("The authority hands out no nonce.");
    }

    private static string? NonceOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Replay-Nonce", out var values) ? values.First() : null;

    private static JsonObject Parse(byte[] json) => JsonNode.Parse(json) as JsonObject ?? throw new JsonException("It is no object.");

    private static string Text(JsonObject json, string name) => (string?)json[name] ?? throw new JsonException($"There is no {name}.");
}
