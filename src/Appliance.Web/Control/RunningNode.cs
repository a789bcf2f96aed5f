using System.Globalization;
using Appliance.Web.Audit;
using Appliance.Web.RequestPages;

namespace Appliance.Web.Control;

/// <summary>A client of the process that runs on a data folder, through its control socket.</summary>
public sealed class RunningNode : IDisposable
{
    /// <summary>How long a process may take to say that it is there. It says so without its database.</summary>
    private static readonly TimeSpan _standardHello = TimeSpan.FromSeconds(8);

    private const string Stored = "it is not known whether the change was stored. Look at \"appliance revisions\".";
    private const string Closed = "it is not known whether they were closed. Look at \"appliance connections\".";
    private const string Drained = "it is not known whether this was done. Look at \"appliance drain list\".";
    private const string Ended = "it is not known whether they were ended. Look at \"appliance sessions\".";
    private const string Kept = "it is not known whether header values are kept. Look at the console.";
    private const string Logged = "it is not known whether the log was changed. Look at \"appliance log\".";
    private readonly ControlClient _client;

    private RunningNode(ControlClient client) => _client = client;

    /// <summary>
    /// Connects, or null when no process listens there. Throws <see cref="NotAnsweringException"/> when one does and says nothing for 8
    /// seconds.
    /// </summary>
    public static Task<RunningNode?> TryConnectAsync(string dataFolder, CancellationToken cancellationToken) =>
        TryConnectAsync(dataFolder, _standardHello, cancellationToken);

    /// <summary>The same with another patience.</summary>
    public static async Task<RunningNode?> TryConnectAsync(string dataFolder, TimeSpan hello, CancellationToken cancellationToken) =>
        await ControlClient.TryConnectAsync(dataFolder, hello, cancellationToken) is { } client ? new(client) : null;

    /// <summary>The head as a document.</summary>
    public Task<string> ExportAsync(CancellationToken cancellationToken) => _client.TextAsync("control/config", cancellationToken);

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
        using var answer = await _client.SendAsync("control/config?" + query, content, cancellationToken, dryRun ? null : Stored);
        return await ControlClient.BodyAsync<ApplyAnswer>(answer, cancellationToken);
    }

    /// <summary>Looks whether something was lost, or restores from <paramref name="source"/> (<c>last-good</c>, <c>database</c>).</summary>
    public async Task<ApplyAnswer> RestoreAsync(string source, string author, CancellationToken cancellationToken)
    {
        var path = $"control/restore?source={source}&author={Uri.EscapeDataString(author)}";
        using var answer = await _client.SendAsync(path, null, cancellationToken, source.Length == 0 ? null : Stored);
        return await ControlClient.BodyAsync<ApplyAnswer>(answer, cancellationToken);
    }

    /// <summary>What differs between two revisions; null is the newest.</summary>
    public async Task<DiffAnswer> DiffAsync(long? from, long? to, CancellationToken cancellationToken) =>
        await _client.JsonAsync<DiffAnswer>(
            string.Create(
                CultureInfo.InvariantCulture,
                $"control/diff?{(from is null ? "" : $"from={from}&")}{(to is null ? "" : $"to={to}")}"
            ),
            cancellationToken
        );

    /// <summary>Makes the config of another revision a new one.</summary>
    public async Task<ApplyAnswer> RollbackAsync(
        long number,
        bool dryRun,
        string author,
        string comment,
        CancellationToken cancellationToken
    )
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"number={number}&dryRun={(dryRun ? "true" : "false")}");
        var path = $"control/rollback?{query}&author={Uri.EscapeDataString(author)}&comment={Uri.EscapeDataString(comment)}";
        using var answer = await _client.SendAsync(path, null, cancellationToken, dryRun ? null : Stored);
        return await ControlClient.BodyAsync<ApplyAnswer>(answer, cancellationToken);
    }

    /// <summary>The newest revisions, newest first.</summary>
    public async Task<IReadOnlyList<RevisionLine>> RevisionsAsync(CancellationToken cancellationToken) =>
        await _client.JsonAsync<List<RevisionLine>>("control/revisions", cancellationToken);

    /// <summary>A new setup link, to where its console is.</summary>
    public async Task<string> NewSetupLinkAsync(CancellationToken cancellationToken)
    {
        using var answer = await _client.SendAsync("control/setup-link", null, cancellationToken);
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>
    /// A new link that signs an administrator in, to the address of the console; null when no administrator has this name.
    /// </summary>
    public async Task<string?> NewSignInLinkAsync(string? name, CancellationToken cancellationToken)
    {
        var path = "control/sign-in-link" + (name is null ? "" : "?user=" + Uri.EscapeDataString(name));
        using var answer = await _client.SendAsync(path, null, cancellationToken);
        return answer.StatusCode == System.Net.HttpStatusCode.NoContent ? null : await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>The certificates, and what of them somebody should look at.</summary>
    public async Task<CertificateAnswer> CertificatesAsync(TimeSpan within, CancellationToken cancellationToken) =>
        await _client.JsonAsync<CertificateAnswer>(
            $"control/certificates?within={within.TotalSeconds.ToString(CultureInfo.InvariantCulture)}",
            cancellationToken
        );

    /// <summary>
    /// The newest requests that the query means, with a number above <paramref name="after"/>, the newest first, and how many there are
    /// without the limit.
    /// </summary>
    public Task<(int Total, IReadOnlyList<RequestLine> Lines)> RequestsAsync(
        RequestQuery query,
        long after,
        int? limit,
        CancellationToken cancellationToken
    )
    {
        var address = query.Address();
        var more = address.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return _client.ListAsync<RequestLine>(
            $"control{address}{more}after={after.ToString(CultureInfo.InvariantCulture)}{Limit(limit)}",
            cancellationToken
        );
    }

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
        _client.ListAsync<ConnectionLine>(
            $"control/connections?{query.ToQueryString()}&descending={(descending ? "true" : "false")}{(sort is null ? "" : "&sort=" + Uri.EscapeDataString(sort))}{Limit(limit)}",
            cancellationToken
        );

    /// <summary>How the last ones ended, newest first.</summary>
    public Task<(int Total, IReadOnlyList<EndedLine> Lines)> EndedAsync(
        FilterTexts query,
        int? limit,
        CancellationToken cancellationToken
    ) => _client.ListAsync<EndedLine>($"control/connections/ended?{query.ToQueryString()}{Limit(limit)}", cancellationToken);

    /// <summary>Handshakes that became no connection.</summary>
    public Task<(int Total, IReadOnlyList<RefusedLine> Lines)> RefusedAsync(
        FilterTexts query,
        int? limit,
        CancellationToken cancellationToken
    ) => _client.ListAsync<RefusedLine>($"control/connections/refused?{query.ToQueryString()}{Limit(limit)}", cancellationToken);

    /// <summary>Closes the WebSockets that are meant.</summary>
    public Task<CloseAnswer> CloseAsync(CloseRequest request, CancellationToken cancellationToken) =>
        _client.PostAsync<CloseRequest, CloseAnswer>("control/connections/close", request, cancellationToken, Closed);

    /// <summary>What the log shows.</summary>
    public async Task<LogAnswer> LogAsync(CancellationToken cancellationToken) =>
        await _client.JsonAsync<LogAnswer>("control/log", cancellationToken);

    /// <summary>Keeps header values of a route, or forgets them.</summary>
    public Task<HeaderAnswer> HeadersAsync(HeaderRequest request, CancellationToken cancellationToken) =>
        _client.PostAsync<HeaderRequest, HeaderAnswer>("control/requests/headers", request, cancellationToken, Kept);

    /// <summary>Changes what the log shows.</summary>
    public Task<LogAnswer> ChangeLogAsync(LogRequest request, CancellationToken cancellationToken) =>
        _client.PostAsync<LogRequest, LogAnswer>("control/log", request, cancellationToken, Logged);

    /// <summary>What is being drained, oldest first.</summary>
    public async Task<IReadOnlyList<DrainLine>> DrainsAsync(CancellationToken cancellationToken) =>
        await _client.JsonAsync<List<DrainLine>>("control/drains", cancellationToken);

    /// <summary>Begins a drain of a route, a pool or servers.</summary>
    public Task<DrainAnswer> DrainAsync(DrainRequest request, CancellationToken cancellationToken) =>
        _client.PostAsync<DrainRequest, DrainAnswer>("control/drains", request, cancellationToken, Drained);

    /// <summary>Ends a drain, so that new connections are accepted again.</summary>
    public Task<DrainAnswer> CancelDrainAsync(DrainRequest request, CancellationToken cancellationToken) =>
        _client.PostAsync<DrainRequest, DrainAnswer>("control/drains/cancel", request, cancellationToken, Drained);

    /// <summary>Who is signed in, everybody or one person.</summary>
    public async Task<IReadOnlyList<SessionLine>> SessionsAsync(string? person, CancellationToken cancellationToken) =>
        await _client.JsonAsync<List<SessionLine>>(
            "control/sessions" + (person is null ? "" : "?person=" + Uri.EscapeDataString(person)),
            cancellationToken
        );

    /// <summary>Ends sessions of the console.</summary>
    public Task<EndSessionsAnswer> EndSessionsAsync(EndSessionsRequest request, CancellationToken cancellationToken) =>
        _client.PostAsync<EndSessionsRequest, EndSessionsAnswer>("control/sessions/end", request, cancellationToken, Ended);

    /// <summary>The API tokens of the process.</summary>
    internal RunningTokens Tokens => new(_client);

    /// <summary>The newest entries of the audit that are meant.</summary>
    public async Task<AuditList> AuditAsync(AuditQuery query, int limit, CancellationToken cancellationToken) =>
        await _client.JsonAsync<AuditList>($"control/audit?{query.ToQueryString()}{Limit(limit)}", cancellationToken);

    /// <summary>Walks the audit's chain: as long as that takes, for only the answer's head has to come soon.</summary>
    public async Task<AuditProof> VerifyAuditAsync(string? expected, CancellationToken cancellationToken)
    {
        var path = "control/audit/verify" + (expected is null ? "" : "?expected=" + Uri.EscapeDataString(expected));
        using var answer = await _client.OpenAsync(path, cancellationToken);
        return await ControlClient.BodyAsync<AuditProof>(answer, cancellationToken);
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
        using var answer = await _client.OpenAsync(path, cancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        var chunk = new char[16 * 1024];
        while (await reader.ReadAsync(chunk, cancellationToken) is > 0 and var read)
            await target.WriteAsync(chunk.AsMemory(0, read), cancellationToken);
        await target.FlushAsync(cancellationToken);
    }

    /// <summary>What <c>/readyz</c> says; not ready is an answer, too.</summary>
    public async Task<Readiness> ReadinessAsync(CancellationToken cancellationToken)
    {
        using var answer = await _client.AskAsync("readyz", cancellationToken);
        return await ControlClient.BodyAsync<Readiness>(answer, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static string Limit(int? limit) => limit is { } most ? $"&limit={most.ToString(CultureInfo.InvariantCulture)}" : "";
}
