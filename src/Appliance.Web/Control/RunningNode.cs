using System.Net.Sockets;
using Appliance.Web.Audit;

namespace Appliance.Web.Control;

/// <summary>A client of the process that runs on a data folder, through its control socket.</summary>
public sealed class RunningNode : IDisposable
{
    /// <summary>An apply waits 5 seconds for its outcome, and storing tens of thousands of items takes some more.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <summary>How long a process may take to say that it is there. It says so without its database.</summary>
    private static readonly TimeSpan _standardHello = TimeSpan.FromSeconds(8);

    private readonly HttpClient _http;

    private RunningNode(HttpClient http) => _http = http;

    /// <summary>
    /// Connects, or null when no process listens there. Throws <see cref="NotAnsweringException"/> when one does and says nothing for 8
    /// seconds.
    /// </summary>
    public static Task<RunningNode?> TryConnectAsync(string dataFolder, CancellationToken cancellationToken) =>
        TryConnectAsync(dataFolder, _standardHello, cancellationToken);

    /// <summary>The same with another patience.</summary>
    public static async Task<RunningNode?> TryConnectAsync(string dataFolder, TimeSpan hello, CancellationToken cancellationToken)
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

    /// <summary>The head as a document.</summary>
    public Task<string> ExportAsync(CancellationToken cancellationToken) => TextAsync("control/config", cancellationToken);

    /// <summary>Makes a document the whole config.</summary>
    public async Task<ApplyAnswer> ApplyAsync(
        byte[] document,
        bool dryRun,
        string author,
        string comment,
        CancellationToken cancellationToken
    )
    {
        using var content = new ByteArrayContent(document);
        var query = $"dryRun={(dryRun ? "true" : "false")}&author={Uri.EscapeDataString(author)}&comment={Uri.EscapeDataString(comment)}";
        using var answer = await _http.PostAsync("control/config?" + query, content, cancellationToken);
        await DemandAsync(answer, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<ApplyAnswer>(ControlSocket.Json, cancellationToken))!; // a success has a body
    }

    /// <summary>Looks whether something was lost, or restores from <paramref name="source"/> (<c>last-good</c>, <c>database</c>).</summary>
    public async Task<ApplyAnswer> RestoreAsync(string source, string author, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsync(
            $"control/restore?source={source}&author={Uri.EscapeDataString(author)}",
            null,
            cancellationToken
        );
        await DemandAsync(answer, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<ApplyAnswer>(ControlSocket.Json, cancellationToken))!; // a success has a body
    }

    /// <summary>The newest revisions, newest first.</summary>
    public async Task<IReadOnlyList<RevisionLine>> RevisionsAsync(CancellationToken cancellationToken) =>
        await JsonAsync<List<RevisionLine>>("control/revisions", cancellationToken);

    /// <summary>A new setup link, to where its console is.</summary>
    public async Task<string> NewSetupLinkAsync(CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsync("control/setup-link", null, cancellationToken);
        await DemandAsync(answer, cancellationToken);
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>
    /// A new link that signs an administrator in, to the address of the console; null when no administrator has this name.
    /// </summary>
    public async Task<string?> NewSignInLinkAsync(string? name, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsync(
            "control/sign-in-link" + (name is null ? "" : "?user=" + Uri.EscapeDataString(name)),
            null,
            cancellationToken
        );
        await DemandAsync(answer, cancellationToken);
        return answer.StatusCode == System.Net.HttpStatusCode.NoContent ? null : await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>The certificates, and what of them somebody should look at.</summary>
    public async Task<CertificateAnswer> CertificatesAsync(TimeSpan within, CancellationToken cancellationToken) =>
        await JsonAsync<CertificateAnswer>(
            $"control/certificates?within={within.TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)}",
            cancellationToken
        );

    /// <summary>Every open WebSocket, oldest first.</summary>
    public async Task<IReadOnlyList<ConnectionLine>> ConnectionsAsync(CancellationToken cancellationToken) =>
        (await ConnectionsAsync(new(), null, false, null, cancellationToken)).Lines;

    /// <summary>The open WebSockets that are meant, sorted, and how many they are without the limit.</summary>
    public Task<(int Total, IReadOnlyList<ConnectionLine> Lines)> ConnectionsAsync(
        FilterTexts query,
        string? sort,
        bool descending,
        int? limit,
        CancellationToken cancellationToken
    ) =>
        ListAsync<ConnectionLine>(
            $"control/connections?{query.ToQueryString()}&descending={(descending ? "true" : "false")}{(sort is null ? "" : "&sort=" + Uri.EscapeDataString(sort))}{Limit(limit)}",
            cancellationToken
        );

    /// <summary>How the last ones ended, newest first.</summary>
    public Task<(int Total, IReadOnlyList<EndedLine> Lines)> EndedAsync(
        FilterTexts query,
        int? limit,
        CancellationToken cancellationToken
    ) => ListAsync<EndedLine>($"control/connections/ended?{query.ToQueryString()}{Limit(limit)}", cancellationToken);

    /// <summary>Handshakes that became no connection.</summary>
    public Task<(int Total, IReadOnlyList<RefusedLine> Lines)> RefusedAsync(
        FilterTexts query,
        int? limit,
        CancellationToken cancellationToken
    ) => ListAsync<RefusedLine>($"control/connections/refused?{query.ToQueryString()}{Limit(limit)}", cancellationToken);

    /// <summary>Closes WebSockets.</summary>
    public Task<CloseAnswer> CloseAsync(CloseRequest request, CancellationToken cancellationToken) =>
        PostAsync<CloseRequest, CloseAnswer>("control/connections/close", request, cancellationToken);

    /// <summary>What is being drained, oldest first.</summary>
    public async Task<IReadOnlyList<DrainLine>> DrainsAsync(CancellationToken cancellationToken) =>
        await JsonAsync<List<DrainLine>>("control/drains", cancellationToken);

    /// <summary>Begins a drain.</summary>
    public Task<DrainAnswer> DrainAsync(DrainRequest request, CancellationToken cancellationToken) =>
        PostAsync<DrainRequest, DrainAnswer>("control/drains", request, cancellationToken);

    /// <summary>Ends a drain.</summary>
    public Task<DrainAnswer> CancelDrainAsync(DrainRequest request, CancellationToken cancellationToken) =>
        PostAsync<DrainRequest, DrainAnswer>("control/drains/cancel", request, cancellationToken);

    /// <summary>Who is signed in, everybody or one person.</summary>
    public async Task<IReadOnlyList<SessionLine>> SessionsAsync(string? person, CancellationToken cancellationToken) =>
        await JsonAsync<List<SessionLine>>(
            "control/sessions" + (person is null ? "" : "?person=" + Uri.EscapeDataString(person)),
            cancellationToken
        );

    /// <summary>Ends sessions.</summary>
    public Task<EndSessionsAnswer> EndSessionsAsync(EndSessionsRequest request, CancellationToken cancellationToken) =>
        PostAsync<EndSessionsRequest, EndSessionsAnswer>("control/sessions/end", request, cancellationToken);

    /// <summary>The newest entries of the audit that are meant.</summary>
    public async Task<AuditList> AuditAsync(AuditQuery query, int limit, CancellationToken cancellationToken) =>
        await JsonAsync<AuditList>($"control/audit?{query.ToQueryString()}{Limit(limit)}", cancellationToken);

    /// <summary>Walks the audit's chain: as long as that takes, for only the answer's head has to come soon.</summary>
    public async Task<AuditProof> VerifyAuditAsync(string? expected, CancellationToken cancellationToken)
    {
        var path = "control/audit/verify" + (expected is null ? "" : "?expected=" + Uri.EscapeDataString(expected));
        using var answer = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await DemandAsync(answer, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<AuditProof>(ControlSocket.Json, cancellationToken))!; // a success has a body
    }

    /// <summary>Writes an export while it arrives.</summary>
    public async Task ExportAuditAsync(
        string format,
        AuditQuery query,
        string author,
        TextWriter target,
        CancellationToken cancellationToken
    )
    {
        var path = $"control/audit/export?format={format}&author={Uri.EscapeDataString(author)}&{query.ToQueryString()}";
        using var answer = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await DemandAsync(answer, cancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        var chunk = new char[16 * 1024];
        while (await reader.ReadAsync(chunk, cancellationToken) is > 0 and var read)
            await target.WriteAsync(chunk.AsMemory(0, read), cancellationToken);
        await target.FlushAsync(cancellationToken);
    }

    /// <summary>What <c>/readyz</c> says; not ready is an answer, too.</summary>
    public async Task<Readiness> ReadinessAsync(CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync("readyz", cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<Readiness>(ControlSocket.Json, cancellationToken))!; // both status codes have a body
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> JsonAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(path, cancellationToken);
        await DemandAsync(answer, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<T>(ControlSocket.Json, cancellationToken))!; // a success has a body
    }

    private async Task<string> TextAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(path, cancellationToken);
        await DemandAsync(answer, cancellationToken);
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    // The process says in a sentence what stands in the way: a log may be out of reach, or on the disk that is full.
    private static async Task DemandAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (
            answer.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable
            && answer.Content.Headers.ContentType?.MediaType == "text/plain"
        )
            throw new StoreAwayException(await answer.Content.ReadAsStringAsync(cancellationToken));
        answer.EnsureSuccessStatusCode();
    }

    private static string Limit(int? limit) =>
        limit is { } most ? $"&limit={most.ToString(System.Globalization.CultureInfo.InvariantCulture)}" : "";

    private async Task<(int Total, IReadOnlyList<T> Lines)> ListAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(path, cancellationToken);
        await DemandAsync(answer, cancellationToken);
        var lines = (await answer.Content.ReadFromJsonAsync<List<T>>(ControlSocket.Json, cancellationToken))!; // a success has a list
        var total =
            answer.Headers.TryGetValues(ConnectionEndpoints.TotalHeader, out var values) && int.TryParse(values.First(), out var number)
                ? number
                : lines.Count;
        return (total, lines);
    }

    private async Task<TAnswer> PostAsync<TRequest, TAnswer>(string path, TRequest request, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsJsonAsync(path, request, ControlSocket.Json, cancellationToken);
        await DemandAsync(answer, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<TAnswer>(ControlSocket.Json, cancellationToken))!; // a success has a body
    }
}
