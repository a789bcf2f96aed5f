namespace Appliance.Proxy.Epoll;

/// <summary>What epoll_ctl(2) does.</summary>
internal enum EpollChange
{
    /// <summary>EPOLL_CTL_ADD.</summary>
    Add = 1,

    /// <summary>EPOLL_CTL_MOD.</summary>
    Modify = 3,
}
