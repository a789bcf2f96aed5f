using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Appliance.Data;
using Appliance.Data.Revisions;
using Appliance.Proxy;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Config;
using Appliance.Web.About;
using Appliance.Web.Live;
using Appliance.Web.Metrics;
using Appliance.Web.RequestPages;

namespace Appliance.Web.Support;

/// <summary>
/// One file about this process for somebody who helps with a trouble. No secret is in it, and no client: the config is blacked out,
/// settings that are secrets have no value, requests have neither address nor browser of their client.
/// </summary>
internal sealed class SupportBundle(
    ConsoleFeed feed,
    ConfigStore store,
    ProxyHost proxy,
    MetricsReader metrics,
    ProcessPlaces places,
    TimeProvider time
)
{
    private const int MostRequests = 200;
    private const int MostRevisions = 50;

    private static readonly JsonSerializerOptions _indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The name of the file.</summary>
    public string Name => $"appliance-support-{time.GetUtcNow():yyyyMMdd-HHmmss}.zip";

    /// <summary>Makes it, in memory: it has about 100 KB, and some MB with ten thousand routes.</summary>
    public async Task<byte[]> MakeAsync(CancellationToken cancellationToken)
    {
        var view = feed.Current;
        using var target = new MemoryStream();
        using (var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "about.txt", About(view));
            Add(
                zip,
                "settings.txt",
                Lines(places.Settings.Select(line => $"{line.Name}={line.Shown}{(line.IsGiven ? "" : " (default)")}"))
            );
            Add(zip, "state.txt", State(view));
            Add(zip, "newest-config.json", BlackedOut.Of(new ConfigDocument(view.Head.Number, view.Head.Config).ToJson()));
            if (await RunningAsync(view, cancellationToken) is { } running)
                Add(zip, "running-config.json", running);
            Add(zip, "failed-requests.json", Requests());
            Add(zip, "metrics.txt", metrics.Write());
            Add(zip, "revisions.txt", await RevisionsAsync(cancellationToken));
        }

        return target.ToArray();
    }

    private static void Add(ZipArchive zip, string name, string text)
    {
        using var file = zip.CreateEntry("appliance-support/" + name, CompressionLevel.Optimal).Open();
        file.Write(Encoding.UTF8.GetBytes(text));
    }

    private string About(ConsoleView view) =>
        Lines([
            AboutFacts.At(view.At, AboutFacts.Started).ToText(view.Head.Number),
            .. places.Listening().Select(place => $"{place.Name}: {place.Address}"),
            $"Data folder: {places.Folder}",
            $"Database: {places.DatabaseBytes?.ToString() ?? "not there"} bytes",
            DiskRoom.Of(places.Folder) is var (free, total) ? $"Disk: {free} of {total} bytes free" : "Disk: not known",
            $"Memory: {ProcessPlaces.MostMemory} bytes may be used",
            $"Open files: {ProcessPlaces.MostOpenFiles?.ToString() ?? "no limit known"}",
            $"Processors: {Environment.ProcessorCount}",
            .. (places.Collector?.Signals ?? []).Select(signal =>
                $"Collector, {signal.Name}: {(signal.IsFailing ? $"fails, it {signal.Reason}" : "does not fail")}; "
                + $"taken last {signal.Took?.ToString("u") ?? "never"}, failed last {signal.Failed?.ToString("u") ?? "never"}, "
                + $"lost {signal.LostInWords}"
            ),
        ]);

    private static string State(ConsoleView view) =>
        Lines([
            $"Taken: {view.At:O}",
            $"Newest revision: {view.Head.Number}, running: {view.Report.RunningRevision}",
            $"Refused: {view.Report.Refusal ?? "no"}",
            .. view.Report.Problems.Select(problem => $"Left out: {problem.Path}: {problem.Message}"),
            $"Store: {view.StoreProblem ?? "can be read and written"}",
            $"Open WebSockets: {view.OpenSockets}",
            $"Drains: {view.Drains.Value.Count}",
            .. view.Upstreams.Pools.Values.SelectMany(pool =>
                pool.Servers.Select(server =>
                    $"Server {server.Address} of pool {pool.Pool.Name}: {server.Condition}, {server.Active} active"
                    + (server.LastError is { } error ? $", failed last {server.LastErrorAt:O}: {error}" : "")
                )
            ),
        ]);

    private string Requests() =>
        JsonSerializer.Serialize(
            proxy.Requests.NewestFirst().Where(RequestQuery.HasFailed).Take(MostRequests).Select(Shape).ToList(),
            _indented
        );

    // As "appliance requests --json" has them, without clients and what headers say.
    private static RequestLine Shape(PastRequest request) =>
        RequestLine.Of(request) with
        {
            Client = "",
            UserAgent = null,
            RequestHeaders = null,
            AnswerHeaders = null,
        };

    // Where it is another one than the newest.
    private async Task<string?> RunningAsync(ConsoleView view, CancellationToken cancellationToken)
    {
        var number = view.Report.RunningRevision;
        if (number == view.Head.Number || number == 0)
            return null;
        try
        {
            return await store.ReadAsync(number, cancellationToken) is { } revision
                ? BlackedOut.Of(new ConfigDocument(revision.Number, revision.Config).ToJson())
                : null;
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: state.txt says what is wrong with the store.
            return null;
        }
    }

    private async Task<string> RevisionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var rows = await store.ListRevisionsAsync(MostRevisions, cancellationToken);
            return Lines(rows.Select(row => $"{row.Id} {row.CreatedUtc:O} {row.Origin}: {row.Summary}"));
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: a bundle is wanted most while something is wrong.
            return StoreFaults.StateOf(exception) + "\n";
        }
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines) + "\n";
}
