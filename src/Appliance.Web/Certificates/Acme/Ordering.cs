using System.Data.Common;
using Appliance.Data.Accounts;
using Appliance.Data.Certificates;
using Appliance.Web.Forms;
using Appliance.Web.Frame;
using Appliance.Web.SignIn;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Web.Certificates.Acme;

/// <summary>What people do with orders, through the store, which asks whether they may. One instance an open page.</summary>
public sealed class Ordering(CertificateStore store, Acting acting, ToastBoard toasts, ILogger<Ordering> log)
{
    /// <summary>Orders a new one. The certificate, or what is wrong at its field.</summary>
    public Task<(CertificateRow? Row, FieldProblem? Problem)> OrderAsync(string name, IReadOnlyList<string> names, AcmeOrder order, AcmeSecrets secrets) =>
        DoAsync(actor => store.OrderAsync(name, names, order, secrets, actor, CancellationToken.None), row => $"Ordered {row.Name}.");

    /// <summary>Changes the order of one, and tries it at once.</summary>
    public Task<(CertificateRow? Row, FieldProblem? Problem)> ChangeAsync(CertificateRow seen, IReadOnlyList<string> names, AcmeOrder order, AcmeSecrets secrets) =>
        DoAsync(actor => store.ChangeOrderAsync(seen.Id, seen.Version, names, order, secrets, actor, CancellationToken.None), row => $"Changed the order of {row.Name}.");

    /// <summary>Asks the authority now.</summary>
    public async Task TryNowAsync(CertificateRow row)
    {
        var (_, problem) = await DoAsync(actor => store.RenewAsync(row.Id, actor, CancellationToken.None), now => $"The authority is asked for {now.Name}.");
        if (problem is not null)
            toasts.Show(new($"Not done: {problem.Message}", Bad: true));
    }

    private async Task<(CertificateRow? Row, FieldProblem? Problem)> DoAsync(Func<Actor, Task<CertificateResult>> deed, Func<CertificateRow, string> done)
    {
        try
        {
            switch (await deed(await acting.WhoAsync()))
            {
                case CertificateResult.Done ok:
                    toasts.Show(new(done(ok.Row)));
                    return (ok.Row, null);
                case CertificateResult.NotAllowed refused:
                    return (null, new("", refused.Reason));
                case CertificateResult.NameTaken taken:
                    return (null, new("name", taken.Reason));
                case CertificateResult.Refused refused:
                    return (null, new("", refused.Reason));
                case CertificateResult.Stale:
                    return (null, new("", "Something changed with this certificate a moment ago: it was issued, or somebody else changed its order. What you typed is still here; press the button again to put it in its place."));
                default:
                    return (null, new("", "This certificate is not there any more: somebody deleted it."));
            }
        }
        catch (Exception exception) when (exception is DbException or DbUpdateException or IOException)
        {
            // Going on is right: the deed and its line in the audit are one transaction, so nothing happened.
            log.OrderNotStored(exception);
            return (null, new("", $"It could not be stored ({(exception.InnerException ?? exception).Message.TrimEnd('.')}). Nothing changed. Try again."));
        }
    }
}

internal static partial class OrderingLog
{
    [LoggerMessage(3720, LogLevel.Error, "An order could not be stored, and was not placed.")]
    public static partial void OrderNotStored(this ILogger log, Exception exception);
}
