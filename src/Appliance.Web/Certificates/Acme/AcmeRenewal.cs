using System.Security.Cryptography;
using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;

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
    AcmeIssuer issuer,
    RunFolders folders,
    LastRuns runs,
    UnstoredCertificates unstored,
    AcmeProgress progress,
    TimeProvider time,
    ILogger<AcmeRenewal> log
) : BackgroundService
{
    // More wait in the database: whoever waits for an account of an authority holds a place here.
    private const int MostAtOnce = 20;
    private static readonly TimeSpan _looksEvery = TimeSpan.FromSeconds(15);

    // A certificate whose life is shorter than that is none for this.
    private static readonly TimeSpan _shortest = TimeSpan.FromMinutes(1);

    private readonly CertificateIssuing _issuing = store.Issuing;
    private readonly FaultWaits _waits = new(time);

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
                        running[issued.Order.Id] = StoreAsync(issued, stoppingToken);
                }

                foreach (var row in await DueAsync(stoppingToken))
                {
                    if (running.Count < MostAtOnce && !running.ContainsKey(row.Id) && !_waits.Holds(row.Id) && unstored.Of(row.Id) is null)
                        running[row.Id] = TryAsync(row, stoppingToken);
                }

                asked ??= _issuing.WaitForOrderAsync(_looksEvery, stoppingToken);
                await Task.WhenAny([asked, .. running.Values]);
                stoppingToken.ThrowIfCancellationRequested();
                if (asked.IsCompleted)
                    asked = null;
                foreach (var (id, _) in running.Where(one => one.Value.IsCompleted).ToList())
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
            return await _issuing.DueAsync(time.GetUtcNow(), cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Going on is right: in a moment there is another look, and nothing has to be renewed in that time.
            log.NotLooked(exception);
            return [];
        }
    }

    // Never throws: it is waited for among others.
    private async Task TryAsync(CertificateRow row, CancellationToken cancellationToken)
    {
        var until = RetryTimes.Claimed(time.GetUtcNow(), row.FailuresInRow, row.Pem is null);
        var isClaimed = false;
        try
        {
            if (!(isClaimed = await _issuing.ClaimAsync(row, until, cancellationToken)))
                return;
            byte[]? account = null;
            var order = AcmeOrder.Of(row.AcmeJson ?? throw new InvalidOperationException($"{row.Name} has no order."));
            var outcome = _issuing.SecretsOf(row) is { } secrets
                ? await issuer.OrderAsync(
                    LegoOrder.Of(row.Names, order, secrets),
                    token => _issuing.LoadAccountAsync(order.DirectoryUrl, order.Email, token),
                    async (files, token) => account = await SaveAsync(order, files, token) ? null : files,
                    step => progress.Set(row.Id, step),
                    cancellationToken
                )
                : new AcmeOutcome.Failed(
                    AcmeFailure.Of(
                        AcmeTrouble.ProviderSettings,
                        "The secrets of this order cannot be opened: they were sealed with another master key.",
                        "Enter them again, or restore master.key from the backup."
                    ),
                    []
                );
            if (account is not null && outcome is AcmeOutcome.Failed)
                await _issuing.SaveAccountAsync(order.DirectoryUrl, order.Email, account, cancellationToken);
            await (
                outcome switch
                {
                    AcmeOutcome.Issued issued => IssuedAsync(row, issued, account, cancellationToken),
                    AcmeOutcome.Failed failed => FailedAsync(row, failed.Failure, failed.Log, cancellationToken),
                    _ => throw new System.Diagnostics.UnreachableException(),
                }
            );
            _waits.Forget(row.Id);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Also when the stop came while the try was being taken: it may stand in the database all the same.
            await GiveBackAsync(row, until);
        }
        catch (Exception exception)
        {
            // One order fails, the others go on; what is served is as it was.
            _waits.Note(row.Id);
            log.OrderFaulted(exception, row.Name);
            if (isClaimed)
                await FaultedAsync(row, cancellationToken);
        }
        finally
        {
            if (isClaimed)
                _issuing.End(row.Id);
            progress.End(row.Id);
        }
    }

    // Cut by a stop: it is due at the next start, as it was.
    private async Task GiveBackAsync(CertificateRow row, DateTimeOffset until)
    {
        try
        {
            await _issuing.GiveBackAsync(row, until, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // Then it waits until the time that was written when it began.
            log.NotLooked(exception);
        }
    }

    // False: not now. Whatever comes of the order, that must not be lost over it.
    private async Task<bool> SaveAsync(AcmeOrder order, byte[] files, CancellationToken cancellationToken)
    {
        try
        {
            await _issuing.SaveAccountAsync(order.DirectoryUrl, order.Email, files, cancellationToken);
            return true;
        }
        catch (Exception exception)
        {
            // Going on is right: it is kept with what was issued, and saved before that.
            if (!cancellationToken.IsCancellationRequested)
                log.AccountNotSaved(exception, order.DirectoryUrl);
            return false;
        }
    }

    private async Task IssuedAsync(CertificateRow row, AcmeOutcome.Issued issued, byte[]? account, CancellationToken cancellationToken)
    {
        if (CertificateParsing.FromPem(issued.Chain + "\n" + issued.Key) is not CertificateReading.Read read)
        {
            await FailedAsync(
                row,
                AcmeFailure.Of(
                    AcmeTrouble.NotOurs,
                    "What the authority sent cannot be served.",
                    "Look whether the authority works; it is tried again."
                ),
                issued.Log,
                cancellationToken
            );
            return;
        }

        runs.Keep(row.Id, new(time.GetUtcNow(), [], issued.Log));
        var kept = new IssuedCertificate(row, CertificateMaterial.Of(read), account);
        unstored.Keep(kept);
        await StoreAsync(kept, cancellationToken);
    }

    // Never throws: what cannot be stored now stays kept.
    private async Task StoreAsync(IssuedCertificate issued, CancellationToken cancellationToken)
    {
        var (row, facts) = (issued.Order, issued.Material.Facts);
        try
        {
            var now = time.GetUtcNow();
            if (facts.NotAfter > now && !await _issuing.IsOvertakenAsync(issued, cancellationToken))
            {
                if (issued.Account is { } account && row.AcmeJson is { } json && AcmeOrder.Of(json) is var order)
                    await _issuing.SaveAccountAsync(order.DirectoryUrl, order.Email, account, cancellationToken);
                var due = RetryTimes.Due(facts.NotBefore, facts.NotAfter, row.Id);
                var soonest = now + _shortest;
                if (await _issuing.StoreIssuedAsync(row, issued.Material, due > soonest ? due : soonest, cancellationToken))
                    log.Issued(row.Name, string.Join(", ", facts.Names), facts.NotAfter, due);
            }

            unstored.Forget(row.Id);
        }
        catch (Exception exception)
        {
            // Going on is right: at the next look it is stored, or after the next start. What is served stays as it is.
            if (
                !cancellationToken.IsCancellationRequested
                && unstored.Refused(row.Id, (exception.InnerException ?? exception).Message.TrimEnd('.')) is { } where
            )
                log.NotStored(exception, row.Name, where);
        }
    }

    private async Task FailedAsync(
        CertificateRow row,
        AcmeFailure failure,
        System.Collections.Immutable.ImmutableArray<string> said,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var next = RetryTimes.Next(now, row.FailuresInRow + 1, failure.NotBefore, Chance());
        runs.Keep(row.Id, new(now, failure.Problems, said));
        if (!await _issuing.NoteFailureAsync(row.Id, failure.Summary, next, cancellationToken))
            return;
        log.Failed(row.Name, failure.Summary, next);

        // Somebody fixed the order while the one before failed: it shall not wait for that.
        if (await store.FindAsync(row.Id, cancellationToken) is { } stored && !CertificateIssuing.IsSameOrder(stored, row))
            await _issuing.PlanAsync(row.Id, now, cancellationToken);
    }

    private async Task FaultedAsync(CertificateRow row, CancellationToken cancellationToken)
    {
        try
        {
            await FailedAsync(
                row,
                AcmeFailure.Of(AcmeTrouble.Unknown, "The order failed inside this product.", "Look into its log; it is tried again."),
                [],
                cancellationToken
            );
        }
        catch (Exception exception) when (exception is not OperationCanceledException || cancellationToken.IsCancellationRequested)
        {
            // The database is away: it is tried again at the time that was written when it began.
            log.NotLooked(exception);
        }
    }

    private static double Chance() => RandomNumberGenerator.GetInt32(1000) / 1000.0;
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
