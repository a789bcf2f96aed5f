using System.Data.Common;
using Appliance.Data.Accounts;
using Appliance.Data.Certificates;
using Appliance.Web.Forms;
using Appliance.Web.Controls;
using Appliance.Web.Frame;
using Appliance.Web.Live;
using Appliance.Web.SignIn;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Web.Certificates;

/// <summary>What people do to certificates: ask when something is lost, do it through the store, say so. One instance an open page.</summary>
public sealed class Keeping(Questions questions, CertificateStore store, ConsoleFeed feed, ToastBoard toasts, Acting acting, ILogger<Keeping> log)
{
    /// <summary>Adds one. The certificate, or what is wrong at its field.</summary>
    public Task<(CertificateRow? Row, FieldProblem? Problem)> AddAsync(string name, CertificateKind kind, CertificateMaterial material) =>
        DoAsync(actor => store.AddAsync(name, kind, material, actor, CancellationToken.None), row => $"Added certificate {row.Name}.");

    /// <summary>Asks whether this person may add or replace one at all, which the audit has a line of when they may not. What is wrong, or null.</summary>
    public async Task<FieldProblem?> AskAsync(string name, bool replaces = false) =>
        (await DoAsync(async actor => await store.RefuseAsync(name, replaces, actor, CancellationToken.None) ?? new CertificateResult.Refused("Your rights have changed. Load the page again."), _ => "")).Problem;

    /// <summary>The same for an order; <paramref name="row"/> is the one that stands, or null.</summary>
    public async Task<FieldProblem?> AskOrderAsync(string name, CertificateRow? row) =>
        (await DoAsync(
            async actor => await store.RefuseOrderAsync(name, row, actor, CancellationToken.None)
                ?? new CertificateResult.Refused("Your rights have changed. Load the page again."),
            _ => "")).Problem;

    /// <summary>Puts another one in the place of this one.</summary>
    public Task<(CertificateRow? Row, FieldProblem? Problem)> ReplaceAsync(CertificateRow seen, CertificateMaterial material) =>
        DoAsync(actor => store.ReplaceAsync(seen.Id, seen.Version, material, actor, CancellationToken.None), row => $"Replaced certificate {row.Name}: valid until {row.NotAfterUtc:yyyy-MM-dd}.");

    /// <summary>Makes it the default, or takes that from it.</summary>
    public Task MarkDefaultAsync(CertificateRow row, bool isDefault) =>
        TellAsync(actor => store.MarkDefaultAsync(row.Id, isDefault, actor, CancellationToken.None), now => isDefault ? $"{now.Name} is the default certificate." : $"{now.Name} is not the default certificate any more.");

    /// <summary>Orders one from an authority.</summary>
    public Task<(CertificateRow? Row, FieldProblem? Problem)> OrderAsync(string name, IReadOnlyList<string> names, AcmeOrder order, AcmeSecrets secrets) =>
        DoAsync(actor => store.OrderAsync(name, names, order, secrets, actor, CancellationToken.None), row => $"Ordered {row.Name}.");

    /// <summary>Changes the order of one, which is tried at once.</summary>
    public Task<(CertificateRow? Row, FieldProblem? Problem)> ChangeOrderAsync(Guid id, long seen, IReadOnlyList<string> names, AcmeOrder order, AcmeSecrets secrets) =>
        DoAsync(actor => store.ChangeOrderAsync(id, seen, names, order, secrets, actor, CancellationToken.None), row => $"Changed the order of {row.Name}.");

    /// <summary>Asks the authority now.</summary>
    public Task RenewAsync(CertificateRow row) =>
        TellAsync(actor => store.RenewAsync(row.Id, actor, CancellationToken.None), now => $"The authority is asked for {now.Name}.");

    /// <summary>Deletes it after a question that says who loses it. True when it is gone.</summary>
    public async Task<bool> AskDeleteAsync(CertificateLine line)
    {
        if (line.Row is not { } row)
            return false;
        if (await questions.AskAsync<DeleteCertificateDialog>($"Delete certificate {row.Name}?", new() { { dialog => dialog.Line, line } }) is not true)
            return false;
        return await TellAsync(actor => store.DeleteAsync(row.Id, row.Version, actor, CancellationToken.None), gone => $"Deleted certificate {gone.Name}.");
    }

    private async Task<bool> TellAsync(Func<Actor, Task<CertificateResult>> deed, Func<CertificateRow, string> done)
    {
        var (_, problem) = await DoAsync(deed, done);
        if (problem is not null)
            toasts.Show(new($"Not done: {problem.Message}", Bad: true));
        return problem is null;
    }

    private async Task<(CertificateRow? Row, FieldProblem? Problem)> DoAsync(Func<Actor, Task<CertificateResult>> deed, Func<CertificateRow, string> done)
    {
        try
        {
            var result = await deed(await acting.WhoAsync());
            await feed.RefreshAsync(CancellationToken.None);
            switch (result)
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
                    return (null, new("", "Somebody else changed this certificate a moment ago; look again and repeat it."));
                case CertificateResult.Gone:
                    return (null, new("", "This certificate is not there any more: somebody deleted it."));
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
        catch (Exception exception) when (exception is DbException or DbUpdateException or IOException)
        {
            // Going on is right: the deed and its line in the audit are one transaction, so nothing happened.
            log.NotStored(exception);
            return (null, new("", $"It could not be stored ({(exception.InnerException ?? exception).Message.TrimEnd('.')}). Nothing changed. Try again."));
        }
    }
}

internal static partial class KeepingLog
{
    [LoggerMessage(3750, LogLevel.Error, "A change of a certificate could not be stored, and was not made.")]
    public static partial void NotStored(this ILogger log, Exception exception);
}
