using System.Net;
using System.Net.Sockets;

namespace Appliance.Web.Control;

/// <summary>Calls to the control socket of a running process. An answer that says no is an exception.</summary>
internal sealed class ControlClient : IDisposable
{
    /// <summary>An apply waits 5 seconds for its outcome, and storing tens of thousands of items takes some more.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;

    private ControlClient(HttpClient http) => _http = http;

    /// <summary>
    /// Connects, or null when no process listens there. Throws <see cref="NotAnsweringException"/> when one does and says nothing for the
    /// time of <paramref name="hello"/>.
    /// </summary>
    public static async Task<ControlClient?> TryConnectAsync(string dataFolder, TimeSpan hello, CancellationToken cancellationToken)
    {
        var path = ControlSocket.PathFor(dataFolder);
        if (!File.Exists(path))
            return null;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancelled) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancelled);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        var http = new HttpClient(handler) { BaseAddress = new("http://localhost/"), Timeout = _patience };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(hello);
        try
        {
            using var alive = await http.GetAsync("healthz", limit.Token);
            return new(http);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The kernel takes the connection for a process that is stopped, too.
            http.Dispose();
            throw NotAnsweringException.Of(dataFolder);
        }
        catch (HttpRequestException exception) when (exception.InnerException is SocketException)
        {
            // A socket file that a killed process left: the next start removes it.
            http.Dispose();
            return null;
        }
    }

    /// <summary>What the answer has, from JSON.</summary>
    public static async Task<T> BodyAsync<T>(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        (await answer.Content.ReadFromJsonAsync<T>(ControlSocket.Json, cancellationToken))!; // every answer that is read has a body

    /// <summary>Whatever is answered, also an answer that says no.</summary>
    public Task<HttpResponseMessage> AskAsync(string path, CancellationToken cancellationToken) => _http.GetAsync(path, cancellationToken);

    /// <summary>An answer whose head has come; its body takes as long as it takes.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellationToken) =>
        await DemandAsync(await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken), cancellationToken);

    /// <summary>
    /// The answer to a body of bytes, or to none. <paramref name="unknown"/> says what is not known when no answer comes, and where to
    /// look ("it is not known whether ..."); null: nothing is changed. Throws <see cref="NotAnsweringException"/> with it.
    /// </summary>
    public async Task<HttpResponseMessage> SendAsync(
        string path,
        HttpContent? body,
        CancellationToken cancellationToken,
        string? unknown = null
    )
    {
        try
        {
            return await DemandAsync(await _http.PostAsync(path, body, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (unknown is not null && MayHaveReached(exception))
        {
            throw NotAnsweringException.About(exception, unknown);
        }
    }

    /// <summary>The answer as a text.</summary>
    public async Task<string> TextAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await GetAsync(path, cancellationToken);
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>The answer as a value, read from its JSON.</summary>
    public async Task<T> JsonAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var answer = await GetAsync(path, cancellationToken);
        return await BodyAsync<T>(answer, cancellationToken);
    }

    /// <summary>A list that may be cut, and how long it is without the cut.</summary>
    public async Task<(int Total, IReadOnlyList<T> Lines)> ListAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var answer = await GetAsync(path, cancellationToken);
        var lines = await BodyAsync<List<T>>(answer, cancellationToken);
        var total =
            answer.Headers.TryGetValues(ConnectionEndpoints.TotalHeader, out var values) && int.TryParse(values.First(), out var number)
                ? number
                : lines.Count;
        return (total, lines);
    }

    /// <summary>The answer to a request, both as values.</summary>
    public async Task<TAnswer> PostAsync<TRequest, TAnswer>(
        string path,
        TRequest request,
        CancellationToken cancellationToken,
        string? unknown = null
    )
    {
        using var body = JsonContent.Create(request, options: ControlSocket.Json);
        using var answer = await SendAsync(path, body, cancellationToken, unknown);
        return await BodyAsync<TAnswer>(answer, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    // Without a connection nothing was sent, and what was refused was not done.
    private static bool MayHaveReached(Exception exception) =>
        exception
            is HttpRequestException
                {
                    HttpRequestError: not HttpRequestError.ConnectionError,
                    StatusCode: null or >= HttpStatusCode.InternalServerError,
                }
                or TaskCanceledException { InnerException: TimeoutException };

    private async Task<HttpResponseMessage> GetAsync(string path, CancellationToken cancellationToken) =>
        await DemandAsync(await _http.GetAsync(path, cancellationToken), cancellationToken);

    // The process says in a sentence what stands in the way: a log may be out of reach, or on the disk that is full.
    private static async Task<HttpResponseMessage> DemandAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
        {
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Content.Headers.ContentType?.MediaType == "text/plain")
                throw new StoreAwayException(await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer.EnsureSuccessStatusCode();
        }
    }
}
