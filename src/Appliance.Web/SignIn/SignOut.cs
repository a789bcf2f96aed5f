using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.SignIn.Oidc;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;

namespace Appliance.Web.SignIn;

/// <summary>The end of a session on its owner's wish: here in any case, then at the provider as far as that can be done.</summary>
internal static class SignOut
{
    /// <summary>Answers the form. Its field <c>to</c> is the page that is wanted after the next sign-in.</summary>
    public static async Task<IResult> AnswerAsync(
        HttpContext context,
        IAntiforgery antiforgery,
        ProviderSignOut provider,
        SignedOutMark mark
    )
    {
        // The framework refuses only where a form is bound.
        if (!await antiforgery.IsRequestValidAsync(context))
            return Results.BadRequest();
        var to = Session.LocalPath((await context.Request.ReadFormAsync(context.RequestAborted))["to"]);
        var kept = ProviderSession.Of((await context.AuthenticateAsync(Session.Scheme)).Properties);
        if (Session.IdOf(context.User) is { } session)
        {
            var actor = new Actor(
                Session.NameOf(context.User),
                BrowserAddress.Of(context),
                Session.GrantOf(context.User),
                Session: session
            );
            await context
                .RequestServices.GetRequiredService<SessionStore>()
                .EndAsync(session, null, actor, "sign_out", context.RequestAborted);
        }

        await context.SignOutAsync(Session.Scheme);
        if (kept is null)
            return Results.LocalRedirect("/sign-in");
        mark.Set(context, kept.Provider);
        return Results.Redirect(await provider.NextAsync(context, kept.Provider, kept.IdToken, to));
    }
}
