using Appliance.Data.Certificates;

namespace Appliance.Web.Certificates.Acme;

/// <summary>The way of an issued certificate into the database. Until the database has it, it is kept.</summary>
internal sealed class CertificateDelivery(
    CertificateStore store,
    UnstoredCertificates unstored,
    TimeProvider time,
    ILogger<AcmeRenewal> log
)
{
    private readonly CertificateOrders _orders = store.Orders;

    // A certificate whose life is shorter than that is none for this.
    private static readonly TimeSpan _shortest = TimeSpan.FromMinutes(1);

    /// <summary>Takes one that has just come. Never throws: what cannot be stored now stays kept.</summary>
    public Task TakeAsync(IssuedCertificate issued, CancellationToken cancellationToken)
    {
        unstored.Keep(issued);
        return StoreAsync(issued, cancellationToken);
    }

    /// <summary>Stores one that is kept. Never throws, as before.</summary>
    public async Task StoreAsync(IssuedCertificate issued, CancellationToken cancellationToken)
    {
        var (row, facts) = (issued.Order, issued.Material.Facts);
        try
        {
            var now = time.GetUtcNow();
            if (facts.NotAfter > now && !await _orders.IsOvertakenAsync(issued, cancellationToken))
            {
                if (issued.Account is { } account && row.AcmeJson is { } json && AcmeOrder.Of(json) is var order)
                    await _orders.SaveAccountAsync(order.DirectoryUrl, order.Email, account, cancellationToken);
                var due = RetryTimes.Due(facts.NotBefore, facts.NotAfter, row.Id);
                var soonest = now + _shortest;
                if (await _orders.StoreIssuedAsync(row, issued.Material, due > soonest ? due : soonest, cancellationToken))
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
}
