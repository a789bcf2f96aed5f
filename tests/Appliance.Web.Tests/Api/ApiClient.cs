using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Api;

/// <summary>A program with a token of a running console.</summary>
internal sealed class ApiClient(int port, string? token) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = new($"http://localhost:{port}"),
    };

    /// <summary>The token's text.</summary>
    public string? Token => token;

    /// <summary>A program with a new token of the command line.</summary>
    public static async Task<ApiClient> MakeAsync(IServiceProvider services, int port, string scopes, Actor? actor = null)
    {
        var made = await services
            .GetRequiredService<ApiTokenStore>()
            .CreateAsync(
                "t-" + Guid.NewGuid().ToString("N")[..12],
                TokenScopeWords.Stored(scopes),
                TimeSpan.FromDays(1),
                actor ?? Actor.Local("test"),
                CancellationToken.None
            );
        return new(port, made.ShouldBeOfType<TokenResult.Created>().Text);
    }

    /// <summary>Sends a request; <paramref name="json"/> is its body, <paramref name="headers"/> are added as they are.</summary>
    public async Task<ApiAnswer> SendAsync(string method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token).ShouldBeTrue();
        if (json is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json)) { Headers = { ContentType = new("application/json") } };
        foreach (var (name, value) in headers)
        {
            if (name == "Content-Type")
                request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(value); // there: this header comes with a body
            else
                request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return new(
            answer.StatusCode,
            text,
            answer.Content.Headers.ContentType?.MediaType,
            answer.Headers.ETag?.ToString(),
            answer.Headers.Concat(answer.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value))
        );
    }

    /// <summary>Puts a body of which the rest is sent only after <paramref name="meanwhile"/>.</summary>
    public async Task<HttpStatusCode> SendSlowlyAsync(string path, string json, Func<Task> meanwhile)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new Slow(Encoding.UTF8.GetBytes(json), meanwhile) };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token).ShouldBeTrue();
        using var answer = await _http.SendAsync(request);
        return answer.StatusCode;
    }

    public Task<ApiAnswer> GetAsync(string path) => SendAsync("GET", path);

    public void Dispose() => _http.Dispose();

    private sealed class Slow(byte[] bytes, Func<Task> meanwhile) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, 1));
            await stream.FlushAsync();
            await meanwhile();
            await stream.WriteAsync(bytes.AsMemory(1));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}

/// <summary>What the API said.</summary>
internal sealed record ApiAnswer(HttpStatusCode Status, string Text, string? Type, string? Tag, Dictionary<string, string> Headers)
{
    public JsonNode Json => JsonNode.Parse(Text) ?? throw new JsonException("null");

    public string? Code => (string?)Json["code"];

    /// <summary>Path and code of each problem.</summary>
    public IEnumerable<string> Problems => ((JsonArray?)Json["problems"] ?? []).Select(one => $"{one!["path"]} {one["code"]}"); // objects

    public ApiAnswer Is(HttpStatusCode status)
    {
        Status.ShouldBe(status, Text);
        if ((int)status >= 400)
        {
            Type.ShouldBe("application/problem+json");
            ((int)Json["status"]!).ShouldBe((int)status); // every problem has them
            ((string?)Json["title"]).ShouldNotBeNullOrEmpty();
            ((string?)Json["detail"]).ShouldNotBeNullOrEmpty();
        }

        return this;
    }
}
