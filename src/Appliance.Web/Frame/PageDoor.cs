using Appliance.Web.SignIn;
using Microsoft.AspNetCore.SignalR;

namespace Appliance.Web.Frame;

/// <summary>
/// The door of the pages' connections. Every message that a browser sends is judged by the rights that its session has in that moment, not
/// by those at the time when the connection was opened. A connection whose person is another now, or whose session has ended, is closed.
/// The browser then loads the page again with the rights that it has now.
/// </summary>
internal sealed class PageDoor(OpenPages pages, LiveSessions sessions, ILogger<PageDoor> log) : IHubFilter
{
    private const string Start = "StartCircuit";
    private const string Connect = "ConnectCircuit";
    private const string Resume = "ResumeCircuit";
    private const string Draw = "UpdateRootComponents";

    /// <inheritdoc/>
    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        // Taken in before it is judged: a session that ends meanwhile finds it in the list.
        var person = context.Context.User ?? new();
        if (pages.Add(context.Context, person, CircuitLimit.ComingOf(context.Context.GetHttpContext())) is null)
        {
            log.TooMany(Session.NameOf(person));
            context.Context.Abort();
            return;
        }

        if (await sessions.IsGoodAsync(person, context.Context.ConnectionAborted))
            await next(context);
        else
            context.Context.Abort();
    }

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext,
        Func<HubInvocationContext, ValueTask<object?>> next
    )
    {
        var page = pages.Find(invocationContext.Context.ConnectionId);
        if (page is null || !await sessions.IsGoodAsync(page.Person, invocationContext.Context.ConnectionAborted))
        {
            log.InvocationRefused(Session.NameOf(invocationContext.Context.User ?? new()), invocationContext.HubMethodName);
            invocationContext.Context.Abort();
            throw new HubException("The session has ended, or its person has other rights now.");
        }

        var method = invocationContext.HubMethodName;
        var secret = invocationContext.HubMethodArguments is [string first, ..] ? first : null;
        if (method is Connect or Resume && !pages.IsOwn(page, secret))
            return method == Connect ? false : null; // as the framework says of one that is gone
        var result = await next(invocationContext);
        switch (method)
        {
            case Start or Resume when result is string begun:
                pages.Began(page, begun);
                page.HasPage |= method == Resume;
                break;
            case Connect when result is true:
                pages.CameBack(page, secret!); // it is its own
                page.HasPage = true;
                break;
            case Draw:
                page.HasPage = true;
                break;
        }

        return result;
    }

    /// <inheritdoc/>
    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        pages.Remove(context.Context.ConnectionId);
        return next(context, exception);
    }
}

internal static partial class PageDoorLog
{
    [LoggerMessage(3800, LogLevel.Warning, "A page of {Person} was refused: too many are open.")]
    public static partial void TooMany(this ILogger log, string person);

    [LoggerMessage(
        3801,
        LogLevel.Information,
        "{Method} of a page of {Person} was refused: the session has ended, or the rights are others now."
    )]
    public static partial void InvocationRefused(this ILogger log, string person, string method);
}
