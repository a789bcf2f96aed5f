using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Web.Controls;
using Appliance.Web.Deeds;
using Appliance.Web.Forms;

namespace Appliance.Web.Certificates;

/// <summary>What people do to certificates on a page, through their store. One instance an open page.</summary>
public sealed class CertificateDeeds(PageDeeds deeds, Questions questions, CertificateStore store)
{
    /// <summary>Adds one. The certificate, or what is wrong at its field.</summary>
    public Task<(CertificateRow? Row, FieldProblem? Problem)> AddAsync(string name, CertificateKind kind, CertificateMaterial material) =>
        DoAsync(actor => store.AddAsync(name, kind, material, actor, CancellationToken.None), row => $"Added certificate {row.Name}.");

    /// <summary>
    /// Asks whether this person may add or replace one at all, which the audit has a line of when they may not. What is wrong, or null.
    /// </summary>
    public async Task<FieldProblem?> AskAsync(string name, bool replaces = false) =>
        (
            await DoAsync(
                async actor =>
                    await store.RefuseAsync(name, replaces, actor, CancellationToken.None)
                    ?? new CertificateResult.Refused("Your rights have changed. Load the page again."),
                _ => ""
            )
        ).Problem;

    /// <summary>The same for an order; <paramref name="row"/> is the one that stands, or null.</summary>
    public async Task<FieldProblem?> AskOrderAsync(string name, CertificateRow? row) =>
        (
            await DoAsync(
                async actor =>
                    await store.RefuseOrderAsync(name, row, actor, CancellationToken.None)
                    ?? new CertificateResult.Refused("Your rights have changed. Load the page again."),
                _ => ""
            )
        ).Problem;

    /// <summary>Puts another one in the place of this one.</summary>
    public Task<(CertificateRow? Row, FieldProblem? Problem)> ReplaceAsync(CertificateRow seen, CertificateMaterial material) =>
        DoAsync(
            actor => store.ReplaceAsync(seen.Id, seen.Version, material, actor, CancellationToken.None),
            row => $"Replaced certificate {row.Name}: valid until {row.NotAfterUtc:yyyy-MM-dd}."
        );

    /// <summary>Makes it the default, or takes that from it.</summary>
    public Task MarkDefaultAsync(CertificateRow row, bool isDefault) =>
        deeds.TellAsync(
            Of(
                actor => store.MarkDefaultAsync(row.Id, isDefault, actor, CancellationToken.None),
                now => isDefault ? $"{now.Name} is the default certificate." : $"{now.Name} is not the default certificate any more."
            )
        );

    /// <summary>Orders one from an authority.</summary>
    public Task<(CertificateRow? Row, FieldProblem? Problem)> OrderAsync(
        string name,
        IReadOnlyList<string> names,
        AcmeOrder order,
        AcmeSecrets secrets
    ) => DoAsync(actor => store.OrderAsync(name, names, order, secrets, actor, CancellationToken.None), row => $"Ordered {row.Name}.");

    /// <summary>Changes the order of one, which is tried immediately.</summary>
    public Task<(CertificateRow? Row, FieldProblem? Problem)> ChangeOrderAsync(
        Guid id,
        long seen,
        IReadOnlyList<string> names,
        AcmeOrder order,
        AcmeSecrets secrets
    ) =>
        DoAsync(
            actor => store.ChangeOrderAsync(id, seen, names, order, secrets, actor, CancellationToken.None),
            row => $"Changed the order of {row.Name}."
        );

    /// <summary>Asks the authority now.</summary>
    public Task RenewAsync(CertificateRow row) =>
        deeds.TellAsync(
            Of(actor => store.RenewAsync(row.Id, actor, CancellationToken.None), now => $"The authority is asked for {now.Name}.")
        );

    /// <summary>Deletes it after a question that says who loses it. True when it is deleted.</summary>
    public async Task<bool> DeleteAsync(CertificateLine line) =>
        line.Row is { } row
        && await deeds.TellAsync(
            async () =>
                await questions.AskAsync<DeleteCertificateDialog>(
                    $"Delete certificate {row.Name}?",
                    new() { { dialog => dialog.Line, line } }
                ),
            _ =>
                Of(
                    actor => store.DeleteAsync(row.Id, row.Version, actor, CancellationToken.None),
                    gone => $"Deleted certificate {gone.Name}."
                )
        );

    // For a form: the certificate, or what is wrong at its field.
    private async Task<(CertificateRow? Row, FieldProblem? Problem)> DoAsync(
        Func<Actor, Task<CertificateResult>> door,
        Func<CertificateRow, string> said
    ) =>
        await deeds.DoAsync(Of(door, said)) switch
        {
            DeedResult<CertificateResult>.Done { Value: CertificateResult.Done done } => (done.Row, null),
            DeedResult<CertificateResult>.Refused { Value: CertificateResult.NameTaken } refused => (null, new("name", refused.Reason)),
            var result => (null, new("", result.Fault ?? "It was not done.")),
        };

    private static Deed<CertificateResult> Of(Func<Actor, Task<CertificateResult>> door, Func<CertificateRow, string> said) =>
        new()
        {
            Do = door,
            Refusal = result =>
                result switch
                {
                    CertificateResult.Done => null,
                    CertificateResult.NotAllowed refused => refused.Reason,
                    CertificateResult.NameTaken taken => taken.Reason,
                    CertificateResult.Refused refused => refused.Reason,
                    CertificateResult.Stale => "This certificate was changed a moment ago; look again and repeat it.",
                    CertificateResult.Gone => "This certificate is not there any more: somebody deleted it.",
                    _ => throw new System.Diagnostics.UnreachableException(),
                },
            Said = result => result is CertificateResult.Done done ? new(said(done.Row)) : null,
        };
}
