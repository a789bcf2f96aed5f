using Appliance.Data.Accounts;

namespace Appliance.Web.SignIn;

/// <summary>While nobody has an account, the console is nothing but its setup page.</summary>
public sealed class FirstRun(AccountStore accounts)
{
    private volatile bool _over;

    /// <summary>True when there is an account.</summary>
    public async ValueTask<bool> IsOverAsync(CancellationToken cancellationToken) =>
        _over || (_over = await accounts.AnyAsync(cancellationToken));

    /// <summary>Sends people to the setup page until the first account is there.</summary>
    public async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var asksForPage =
            HttpMethods.IsGet(context.Request.Method)
            && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);
        if (asksForPage && context.Request.Path != "/setup" && !await IsOverAsync(context.RequestAborted))
            context.Response.Redirect("/setup");
        else
            await next(context);
    }
}
