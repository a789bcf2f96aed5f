using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Tls;

/// <summary>
/// What an authority (ACME) asks for over http to see that a name leads here (RFC 8555, 8.3): <c>/.well-known/acme-challenge/TOKEN</c>,
/// whatever host and routes there are. Only while an order runs: otherwise a request costs one comparison, and back ends that have orders
/// of their own get theirs.
/// </summary>
public sealed class ChallengeAnswers
{
    /// <summary>Where answers are asked for.</summary>
    public const string Path = "/.well-known/acme-challenge/";

    private const int LongestToken = 128;
    private const int LongestAnswer = 4096;
    private readonly Lock _changes = new();
    private Open _open = new([], ImmutableDictionary<string, string>.Empty);

    /// <summary>
    /// Until it is disposed of, the files in <paramref name="webroot"/>/.well-known/acme-challenge are answers. They may come and go in the
    /// meantime.
    /// </summary>
    public IDisposable FromFolder(string webroot)
    {
        var folder = System.IO.Path.Combine(webroot, ".well-known", "acme-challenge");
        return Change(now => now with { Folders = now.Folders.Add(folder) }, now => now with { Folders = now.Folders.Remove(folder) });
    }

    /// <summary>Until it is disposed of, <paramref name="token"/> is answered with this text.</summary>
    public IDisposable FromText(string token, string text) =>
        Change(now => now with { Texts = now.Texts.SetItem(token, text) }, now => now with { Texts = now.Texts.Remove(token) });

    /// <summary>Answers, or is false: then it is a request like any other.</summary>
    internal ValueTask<bool> AnswersAsync(HttpContext context) =>
        Volatile.Read(ref _open) is { IsEmpty: false } now && TokenOf(context.Request) is { } token
            ? AnswerAsync(context, now, token)
            : ValueTask.FromResult(false);

    private static string? TokenOf(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return null;
        var path = request.Path.Value;
        if (path is null || !path.StartsWith(Path, StringComparison.Ordinal))
            return null;

        // The letters of base64url alone (RFC 8555, 8.3): no dot and no slash, so the file's name stays in its folder.
        var token = path[Path.Length..];
        return token.Length is > 0 and <= LongestToken && token.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')
            ? token
            : null;
    }

    private static async ValueTask<bool> AnswerAsync(HttpContext context, Open now, string token)
    {
        if (now.Texts.TryGetValue(token, out var text))
        {
            await WriteAsync(context, System.Text.Encoding.ASCII.GetBytes(text));
            return true;
        }

        foreach (var folder in now.Folders)
        {
            if (await ReadAsync(System.IO.Path.Combine(folder, token), context.RequestAborted) is { } answer)
            {
                await WriteAsync(context, answer);
                return true;
            }
        }

        return false;
    }

    private static async Task<byte[]?> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return new FileInfo(file) is { Exists: true, Length: <= LongestAnswer }
                ? await File.ReadAllBytesAsync(file, cancellationToken)
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Taken away between the two calls: the order is over.
            return null;
        }
    }

    private static async Task WriteAsync(HttpContext context, byte[] answer)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = answer.Length;
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }

    private Closer Change(Func<Open, Open> opens, Func<Open, Open> closes)
    {
        lock (_changes)
            Volatile.Write(ref _open, opens(_open));
        return new(() =>
        {
            lock (_changes)
                Volatile.Write(ref _open, closes(_open));
        });
    }

    private sealed record Open(ImmutableArray<string> Folders, ImmutableDictionary<string, string> Texts)
    {
        public bool IsEmpty => Folders.IsEmpty && Texts.IsEmpty;
    }

    private sealed class Closer(Action closes) : IDisposable
    {
        private Action? _rest = closes;

        public void Dispose() => Interlocked.Exchange(ref _rest, null)?.Invoke();
    }
}
