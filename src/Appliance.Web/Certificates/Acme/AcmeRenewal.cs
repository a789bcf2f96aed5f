using Appliance.Data.Certificates;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// Fulfils orders: immediately when somebody orders, again when a third of a certificate's life is left, and after a failure when the next
/// try is due. What is served changes only when a certificate has come. The time of the next try stands in the database, so that a restart
/// forgets nothing. It is written there before a try begins: an answer that cannot be stored then does not make us ask the authority twice.
/// An order that was cut by a stop is still due. An issued certificate is kept until the database has it, also over a restart, and nothing
/// is ordered for it before.
/// </summary>
internal sealed class AcmeRenewal(
    CertificateStore store,
    RunFolders folders,
    LastRuns runs,
    UnstoredCertificates unstored,
    OrderAttempts attempts,
    CertificateDelivery delivery,
    FaultWaits waits,
    TimeProvider time,
    ILogger<AcmeRenewal> log
) : BackgroundService
{
    // More wait in the database: whoever waits for an account of an authority holds a place here.
    private const int MostAtOnce = 20;
    private static readonly TimeSpan _looksEvery = TimeSpan.FromSeconds(15);

    private readonly CertificateOrders _orders = store.Orders;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = new Dictionary<Guid, Task>();
        Task? asked = null;
        try
        {
            unstored.Load();
            await CleanAsync(stoppingToken);
            while (true)
            {
                // At every look, and not whenever one of them ended: a database that refuses at once would be asked without a pause.
                foreach (var issued in asked is null ? unstored.All : [])
                {
                    if (!running.ContainsKey(issued.Order.Id))
                        running[issued.Order.Id] = delivery.StoreAsync(issued, stoppingToken);
                }

                foreach (var row in await DueAsync(stoppingToken))
                {
                    if (running.Count < MostAtOnce && !running.ContainsKey(row.Id) && !waits.Holds(row.Id) && unstored.Of(row.Id) is null)
                        running[row.Id] = attempts.RunAsync(row, stoppingToken);
                }

                asked ??= _orders.WaitForOrderAsync(_looksEvery, stoppingToken);
                await Task.WhenAny([asked, .. running.Values]);
                stoppingToken.ThrowIfCancellationRequested();
                if (asked.IsCompleted)
                    asked = null;
                foreach (var (id, _) in running.Where(order => order.Value.IsCompleted).ToList())
                    running.Remove(id);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops: every lego was ended with it.
            await Task.WhenAll(running.Values);
        }
    }

    private async Task CleanAsync(CancellationToken cancellationToken)
    {
        try
        {
            folders.Clean();
            var held = (await store.ListAsync(cancellationToken)).Select(row => row.Id).ToHashSet();
            runs.Clean(held);
            unstored.Clean(held);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Going on is right: what is left over stands in nobody's way.
            log.NotCleaned(exception);
        }
    }

    private async Task<IReadOnlyList<CertificateRow>> DueAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _orders.DueAsync(time.GetUtcNow(), cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Going on is right: in a moment there is another look, and nothing has to be renewed in that time.
            log.NotLooked(exception);
            return [];
        }
    }
}

internal static partial class AcmeRenewalLog
{
    [LoggerMessage(
        3710,
        LogLevel.Information,
        "Certificate {Name} was issued for {Names}, valid until {NotAfter:u}; it is renewed from {Due:u} on."
    )]
    public static partial void Issued(this ILogger log, string name, string names, DateTimeOffset notAfter, DateTimeOffset due);

    [LoggerMessage(
        3711,
        LogLevel.Warning,
        "Certificate {Name} was not issued: {Problem} The next try is at {Next:u}; what is served stays as it is."
    )]
    public static partial void Failed(this ILogger log, string name, string problem, DateTimeOffset next);

    [LoggerMessage(3712, LogLevel.Error, "The order of certificate {Name} failed inside the product; what is served stays as it is.")]
    public static partial void OrderFaulted(this ILogger log, Exception exception, string name);

    [LoggerMessage(3713, LogLevel.Warning, "The database could not be asked or told when certificates are due; it is asked again.")]
    public static partial void NotLooked(this ILogger log, Exception exception);

    [LoggerMessage(
        3715,
        LogLevel.Error,
        "Certificate {Name} was issued, and the database does not take it. It is kept {Where} and stored as soon as the database "
            + "takes it; nothing is ordered for it until then."
    )]
    public static partial void NotStored(this ILogger log, Exception exception, string name, string where);

    [LoggerMessage(3716, LogLevel.Warning, "The account at {Directory} could not be saved yet.")]
    public static partial void AccountNotSaved(this ILogger log, Exception exception, string directory);

    [LoggerMessage(3714, LogLevel.Warning, "What an earlier order left could not be taken away.")]
    public static partial void NotCleaned(this ILogger log, Exception exception);
}
