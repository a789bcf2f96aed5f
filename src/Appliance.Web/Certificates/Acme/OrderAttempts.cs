using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// Attempts at orders. An attempt is claimed in the database before it begins, so that an answer that cannot be stored then does not make
/// us ask the authority twice. It is given back when a stop cuts it, and noted with the time of the next one when it fails.
/// </summary>
internal sealed class OrderAttempts(
    CertificateStore store,
    AcmeIssuer issuer,
    LastRuns runs,
    CertificateDelivery delivery,
    AcmeProgress progress,
    FaultWaits waits,
    TimeProvider time,
    ILogger<AcmeRenewal> log
)
{
    private readonly CertificateOrders _orders = store.Orders;

    /// <summary>Makes one. Never throws: it is waited for among others.</summary>
    public async Task RunAsync(CertificateRow row, CancellationToken cancellationToken)
    {
        var until = RetryTimes.Claimed(time.GetUtcNow(), row.FailuresInRow, row.Pem is null);
        var isClaimed = false;
        try
        {
            if (!(isClaimed = await _orders.ClaimAsync(row, until, cancellationToken)))
                return;
            byte[]? account = null;
            var order = AcmeOrder.Of(row.AcmeJson ?? throw new InvalidOperationException($"{row.Name} has no order."));
            var outcome = _orders.SecretsOf(row) is { } secrets
                ? await issuer.OrderAsync(
                    LegoOrder.Of(row.Names, order, secrets),
                    token => _orders.LoadAccountAsync(order.DirectoryUrl, order.Email, token),
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
                await _orders.SaveAccountAsync(order.DirectoryUrl, order.Email, account, cancellationToken);
            await (
                outcome switch
                {
                    AcmeOutcome.Issued issued => IssuedAsync(row, issued, account, cancellationToken),
                    AcmeOutcome.Failed failed => FailedAsync(row, failed.Failure, failed.Log, cancellationToken),
                    _ => throw new UnreachableException(),
                }
            );
            waits.Forget(row.Id);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Also when the stop came while the try was being taken: it may stand in the database all the same.
            await GiveBackAsync(row, until);
        }
        catch (Exception exception)
        {
            // One order fails, the others go on; what is served is as it was.
            waits.Note(row.Id);
            log.OrderFaulted(exception, row.Name);
            if (isClaimed)
                await FaultedAsync(row, cancellationToken);
        }
        finally
        {
            if (isClaimed)
                _orders.End(row.Id);
            progress.End(row.Id);
        }
    }

    // Cut by a stop: it is due at the next start, as it was.
    private async Task GiveBackAsync(CertificateRow row, DateTimeOffset until)
    {
        try
        {
            await _orders.GiveBackAsync(row, until, CancellationToken.None);
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
            await _orders.SaveAccountAsync(order.DirectoryUrl, order.Email, files, cancellationToken);
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
        if (CertificateParser.FromPem(issued.Chain + "\n" + issued.Key) is not CertificateReading.Read read)
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
        await delivery.TakeAsync(new(row, CertificateMaterial.Of(read), account), cancellationToken);
    }

    private async Task FailedAsync(
        CertificateRow row,
        AcmeFailure failure,
        ImmutableArray<string> said,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var next = RetryTimes.Next(now, row.FailuresInRow + 1, failure.NotBefore, Chance());
        runs.Keep(row.Id, new(now, failure.Problems, said));
        if (!await _orders.NoteFailureAsync(row.Id, failure.Summary, next, cancellationToken))
            return;
        log.Failed(row.Name, failure.Summary, next);

        // Somebody fixed the order while the one before failed: it shall not wait for that.
        if (await store.FindAsync(row.Id, cancellationToken) is { } stored && !CertificateOrders.IsSameOrder(stored, row))
            await _orders.PlanAsync(row.Id, now, cancellationToken);
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
